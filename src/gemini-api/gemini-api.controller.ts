import { Controller, HttpCode, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { largestRequest } from '../consumers/limits/limit-status';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import type { JsonBytes } from '../http/bodies/blob-json-body';
import { BodyGuard, type JsonBody } from '../http/bodies/body.guard';
import { JsonBytesGuard } from '../http/bodies/json-bytes.guard';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { DrainGuard } from '../http/lifecycle/drain.guard';
import { AbandonedImagesGuard } from '../idempotency/abandoned-images.guard';
import { ImagesService } from '../images/images.service';
import {
  ApiCountTokens,
  ApiGenerateContent,
  ApiPredict,
  ApiStreamGenerateContent,
} from './gemini-api.api';
import { GeminiApiService } from './gemini-api.service';
import type { GeminiOrder } from './gemini-order';
import { geminiOrder, type GeminiRequest } from './gemini-order.request';
import { GeminiRenderer } from './gemini.renderer';
import { predictOrder } from './predict-order.request';
import { PredictRenderer } from './predict.renderer';

/** What `@Param`, `@ReadBody` and `@Req` provide for a call. */
interface ReceivedCall {
  readonly model: string;
  readonly body: JsonBytes;
  readonly request: Request;
}

@ApiTags('Gemini')
@Access('member')
@Controller('v1beta/models')
export class GeminiApiController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly service: GeminiApiService,
    private readonly renderer: GeminiRenderer,
    private readonly images: ImagesService,
    private readonly predictions: PredictRenderer,
  ) {}

  @Post(':model\\:generateContent')
  @HttpCode(200)
  @UseGuards(DrainGuard, JsonBytesGuard, AbandonedImagesGuard)
  @ApiGenerateContent()
  async generateContent(
    @Param('model') model: string,
    @ReadBody() body: JsonBytes,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.orderOf('generateContent', { model, body, request }, response);
    this.renderer.begin(order, response);
    const outcome = await this.service.generate(order, contextOf(response));
    this.renderer.send(outcome, response, true);
  }

  @Post(':model\\:streamGenerateContent')
  @HttpCode(200)
  @UseGuards(DrainGuard, JsonBytesGuard, AbandonedImagesGuard)
  @ApiStreamGenerateContent()
  async streamGenerateContent(
    @Param('model') model: string,
    @ReadBody() body: JsonBytes,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.orderOf('streamGenerateContent', { model, body, request }, response);
    this.renderer.begin(order, response);
    const context = contextOf(response);
    await this.renderer.stream(
      order,
      (sink) => this.service.stream(order, sink, context),
      response,
    );
  }

  @Post(':model\\:countTokens')
  @HttpCode(200)
  @UseGuards(DrainGuard, JsonBytesGuard)
  @ApiCountTokens()
  async countTokens(
    @Param('model') model: string,
    @ReadBody() body: JsonBytes,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.orderOf('countTokens', { model, body, request }, response);
    const outcome = await this.service.count(order, contextOf(response));
    this.renderer.send(outcome, response, false);
  }

  @Post(':model\\:predict')
  @HttpCode(200)
  @UseGuards(DrainGuard, BodyGuard({ json: { blobsAt: [] } }), AbandonedImagesGuard)
  @ApiPredict()
  async predict(
    @Param('model') model: string,
    @ReadBody() body: JsonBody,
    @Res() response: Response,
  ): Promise<void> {
    const { order, warnings } = predictOrder(model, body);
    const run = await this.images.run(order, contextOf(response));
    await this.predictions.render(run, warnings, response);
  }

  private orderOf(
    method: GeminiRequest['method'],
    call: ReceivedCall,
    response: Response,
  ): GeminiOrder {
    const { model, body, request } = call;
    const { headers, url } = request;
    const { consumer } = contextOf(response);
    const { defaultModel, maxImagesPerRequest } = this.config.images;
    const most = largestRequest(consumer?.limits, maxImagesPerRequest);
    const limits = { defaultModel, maxImagesPerRequest: most, allowance: consumer };
    return geminiOrder({ model, method, headers, url, body }, limits);
  }
}
