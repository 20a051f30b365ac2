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
import { clientGone } from '../http/client-gone';
import { Drain } from '../http/drain';
import { DrainInterceptor } from '../http/drain.interceptor';
import { JsonBodyInterceptor } from '../http/json-body.interceptor';
import { ApiGenerateImages } from './dto/generate-images.api';
import { GenerateImagesDto, toImageRequestFields } from './dto/generate-images.dto';
import { ImagesResponse } from './images.response';
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
    const answer = new ImagesResponse(response, plan, this.config.images.accountHeader);
    this.drain.waitFor(response);
    const client = {
      pinnedEmail: pinOf(pinnedEmail),
      stickyKey: dto.user,
      gone: clientGone(response),
    };
    if (dto.stream === true) {
      await answer.stream(this.service.stream(plan, client), 'image_generation');
      return;
    }
    const images = await lastValueFrom(this.service.generate(plan, client), {
      defaultValue: undefined,
    });
    // Without images the client has gone, and nobody is left to answer.
    if (images !== undefined) {
      answer.send(images);
    }
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
}
