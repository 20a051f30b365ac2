import { Controller, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { BodyGuard, type JsonBody } from '../http/bodies/body.guard';
import type { MultipartForm } from '../http/bodies/multipart-form';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { DrainGuard } from '../http/lifecycle/drain.guard';
import { IdempotencyGuard } from '../idempotency/idempotency.guard';
import { ApiEditImages } from './dto/edit-images.api';
import { ApiGenerateImages } from './dto/generate-images.api';
import { ApiVaryImage } from './dto/vary-image.api';
import type { ImageEventFamily } from './image-events';
import { openAiDialect } from './images-dialect';
import type { ImagesOrder } from './images-order';
import {
  editOrder,
  generationOrder,
  IMAGE_FILES,
  IMAGE_PATHS,
  REFERENCE_PATHS,
  variationOrder,
  withModelInPath,
} from './images-order.request';
import { ImagesRenderer } from './images.renderer';
import { ImagesService } from './images.service';

@ApiTags('Images')
@Access('member')
@Controller('v1/images')
export class ImagesController {
  constructor(
    private readonly service: ImagesService,
    private readonly renderer: ImagesRenderer,
  ) {}

  @Post('generations')
  @HttpCode(200)
  @UseGuards(DrainGuard, BodyGuard({ json: { blobsAt: REFERENCE_PATHS } }), IdempotencyGuard)
  @ApiGenerateImages()
  async generate(@ReadBody() body: JsonBody, @Res() response: Response): Promise<void> {
    await this.respond(await generationOrder(body), 'image_generation', response);
  }

  @Post('edits')
  @HttpCode(200)
  @UseGuards(
    DrainGuard,
    BodyGuard({ json: { blobsAt: IMAGE_PATHS }, form: IMAGE_FILES }),
    IdempotencyGuard,
  )
  @ApiEditImages()
  async edit(@ReadBody() body: JsonBody | MultipartForm, @Res() response: Response): Promise<void> {
    await this.respond(await editOrder(body), 'image_edit', response);
  }

  @Post('variations')
  @HttpCode(200)
  @UseGuards(DrainGuard, BodyGuard({ form: IMAGE_FILES }), IdempotencyGuard)
  @ApiVaryImage()
  async vary(@ReadBody() form: MultipartForm, @Res() response: Response): Promise<void> {
    await this.respond(await variationOrder(form), 'image_edit', response);
  }

  private async respond(
    order: ImagesOrder,
    family: ImageEventFamily,
    response: Response,
  ): Promise<void> {
    const context = contextOf(response);
    const run = await this.service.run(withModelInPath(order, context), context);
    await this.renderer.render(run, openAiDialect(family), response);
  }
}
