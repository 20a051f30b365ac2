import { Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { toUsd } from '../context/image-record';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { BodyGuard, type JsonBody } from '../http/bodies/body.guard';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { GenerateImagesJsonDto } from '../images/dto/image-bodies.dto';
import { ApiImageErrors } from '../images/dto/image-responses.api';
import { generationOrder, REFERENCE_PATHS, withModelInPath } from '../images/images-order.request';
import { ImagesService } from '../images/images.service';
import { listPrice } from '../pricing/cost';
import { PRICE_TABLE, type PriceTable } from '../pricing/price-table';
import { ImagesPlanDto } from './images-plan.dto';

/** Shows how a generation would be mapped to upstream calls. */
@ApiTags('Images')
@Access('member')
@Controller('v1/images')
export class PlanController {
  constructor(
    private readonly service: ImagesService,
    @Inject(PRICE_TABLE) private readonly prices: PriceTable,
  ) {}

  @Post('plan')
  @HttpCode(200)
  @UseGuards(BodyGuard({ json: { blobsAt: REFERENCE_PATHS } }))
  @ApiOperation({
    summary: 'Preview the upstream request',
    description:
      'Takes the body of a generation and returns how it would be sent upstream, and its cost at the list price. ' +
      'Nothing is sent or spent, and no limit is affected.',
  })
  @ApiBody({
    type: GenerateImagesJsonDto,
    examples: {
      'A wide image in 2K': {
        value: {
          prompt: 'A lighthouse at dusk, waves against the rocks',
          size: '1920x1080',
          quality: 'medium',
          n: 2,
        },
      },
    },
  })
  @ApiImageErrors({
    'A body that is not JSON': {
      kind: 'unsupported_content_type',
      message: 'Invalid Content-Type header, expected application/json.',
    },
  })
  async plan(
    @ReadBody() body: JsonBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImagesPlanDto> {
    const context = contextOf(response);
    const order = withModelInPath(await generationOrder(body), context);
    const plan = this.service.plan(order, context.consumer);
    const { model, aspectRatio, imageSize, n, warnings } = plan;
    return {
      model,
      aspect_ratio: aspectRatio ?? null,
      image_size: imageSize ?? null,
      calls: n,
      list_price_usd: toUsd(listPrice(plan, this.prices)),
      warnings: [...warnings],
    };
  }
}
