import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Inject,
  Post,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { lastValueFrom } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { invalidRequest } from '../errors/gateway-error';
import { accountHeader } from '../http/account-header';
import { sendBlobJson } from '../http/blob-json.response';
import { clientGone } from '../http/client-gone';
import { Drain } from '../http/drain';
import { DrainInterceptor } from '../http/drain.interceptor';
import { JsonBodyInterceptor } from '../http/json-body.interceptor';
import { setOpenAiHeaders } from '../http/openai-headers';
import type { ImagePlan } from '../mapping/image-plan';
import { ApiGenerateImages } from './dto/generate-images.api';
import { GenerateImagesDto, toImageRequestFields } from './dto/generate-images.dto';
import type { GeneratedImage } from './image-attempt';
import { imagesAnswer } from './images-answer';
import { ImagesService } from './images.service';

@ApiTags('Images')
@Controller('v1/images')
export class ImagesController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly service: ImagesService,
    private readonly drain: Drain,
  ) {}

  @Post('generations')
  @HttpCode(200)
  @UseInterceptors(DrainInterceptor, JsonBodyInterceptor)
  @ApiGenerateImages()
  async generate(
    @Body() dto: GenerateImagesDto,
    @Headers('x-account-email') pinnedEmail: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    refuseWhatGeminiLacks(dto);
    const plan = this.service.plan(toImageRequestFields(dto));
    setPlanHeaders(response, plan);
    noteForLog(response, plan, []);
    this.drain.waitFor(response);
    const images = await lastValueFrom(
      this.service.generate(plan, {
        pinnedEmail: pinOf(pinnedEmail),
        stickyKey: dto.user,
        gone: clientGone(response),
      }),
      { defaultValue: undefined },
    );
    // Without images the client has gone, and nobody is left to answer.
    if (images !== undefined) {
      this.send(response, plan, images);
    }
  }

  private send(response: Response, plan: ImagePlan, images: readonly GeneratedImage[]): void {
    const emails = images.map((image) => image.accountEmail);
    noteForLog(response, plan, images);
    const account = accountHeader(emails, this.config.images.accountHeader);
    if (account !== undefined) {
      response.setHeader('X-Account-Email', account);
    }
    response.setHeader('X-Images-Returned', String(images.length));
    if (images.some((image) => image.provider === 'emulator')) {
      response.setHeader('X-Upstream', 'emulator');
    }
    setOpenAiHeaders(response);
    sendBlobJson(response, imagesAnswer(plan, images, Date.now()));
  }
}

/** The account named in a header, whose bytes are UTF-8 as in the header that Easel sends. */
function pinOf(header: string | undefined): string | undefined {
  const email = Buffer.from(header ?? '', 'latin1')
    .toString('utf8')
    .trim();
  return email === '' ? undefined : email;
}

function refuseWhatGeminiLacks(dto: GenerateImagesDto): void {
  if (dto.background === 'transparent') {
    throw invalidRequest(
      'background',
      'invalid_value',
      'Transparent background is not supported: no Gemini image model makes an alpha channel.',
    );
  }
  if (dto.stream === true) {
    throw invalidRequest('stream', 'invalid_value', 'Streaming of images is not supported yet.');
  }
}

/** What the line of the log says of the images; for one that fails, what was asked for. */
function noteForLog(response: Response, plan: ImagePlan, images: readonly GeneratedImage[]): void {
  response.locals['images'] = {
    model: plan.model,
    ...(plan.requestedModel === plan.model
      ? {}
      : { requestedModel: plan.requestedModel.slice(0, 60) }),
    requested: plan.n,
    returned: images.length,
    accounts: [...new Set(images.map((image) => image.accountEmail))],
  };
}

/** What is really asked of upstream, told on errors as well: set before anything can fail. */
function setPlanHeaders(response: Response, plan: ImagePlan): void {
  response.setHeader('X-Images-Requested', String(plan.n));
  response.setHeader('X-Images-Returned', '0');
  response.setHeader('X-Image-Model', plan.model);
  response.setHeader('X-Image-Aspect-Ratio', plan.aspectRatio ?? 'default');
  response.setHeader('X-Image-Size', plan.imageSize ?? 'default');
  if (plan.warnings.length > 0) {
    response.setHeader('X-Mapping-Warning', [...plan.warnings]);
  }
}
