import { Controller, Get, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { largestRequest } from '../consumers/limits/limit-status';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { BodyGuard, type JsonBody } from '../http/bodies/body.guard';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { ACCESS_ERRORS, ApiErrors } from '../http/errors/openai-error.dto';
import { DrainGuard } from '../http/lifecycle/drain.guard';
import { IdempotencyGuard } from '../idempotency/idempotency.guard';
import { REFERENCE_PATHS } from '../images/images-order.request';
import { ImagesRenderer } from '../images/images.renderer';
import { ImagesService } from '../images/images.service';
import { allowedModels } from '../mapping/allowed-models';
import { imageModel, type ImageModel } from './image-model';
import { OPENROUTER } from './openrouter-dialect';
import { openRouterOrder } from './openrouter-order.request';
import { ApiOpenRouterImages } from './openrouter.api';
import { ImageModelListDto } from './openrouter.dto';

/** OpenRouter's Image API: generations under other names. */
@ApiTags('OpenRouter')
@Access('member')
@Controller('v1/images')
export class OpenRouterController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly service: ImagesService,
    private readonly renderer: ImagesRenderer,
  ) {}

  @Post()
  @HttpCode(200)
  @UseGuards(DrainGuard, BodyGuard({ json: { blobsAt: REFERENCE_PATHS } }), IdempotencyGuard)
  @ApiOpenRouterImages()
  async create(@ReadBody() body: JsonBody, @Res() response: Response): Promise<void> {
    const context = contextOf(response);
    const run = await this.service.run(await openRouterOrder(body), context);
    await this.renderer.render(run, OPENROUTER, response);
  }

  @Get('models')
  @ApiOperation({ summary: 'List the image models, as OpenRouter does' })
  @ApiErrors(ACCESS_ERRORS)
  models(@Res({ passthrough: true }) response: Response): ImageModelListDto {
    const { consumer } = contextOf(response);
    const { maxImagesPerRequest } = this.config.images;
    const most = largestRequest(consumer?.limits, maxImagesPerRequest);
    const data: readonly ImageModel[] = allowedModels(consumer).map((model) =>
      imageModel(model, most),
    );
    return { data: [...data] };
  }
}
