import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { withoutImages } from '../mapping/image-plan';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setCostHeader } from '../http/responses/cost-header';
import {
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from '../images/image-headers.response';
import { isImage, type Generated, type GeneratedImage } from '../images/generated-image';
import type { ImagesRun } from '../images/images-run';

/** Renders Imagen's response of a run. */
@Injectable()
export class PredictRenderer {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly abandoned: AbandonedImages,
  ) {}

  /**
   * @param warnings what could not be carried out, in addition to the plan's warnings
   * @throws what the run fails with
   */
  async render(run: ImagesRun, warnings: readonly string[], response: Response): Promise<void> {
    const { plan } = run;
    const shown = { ...withoutImages(plan), warnings: [...plan.warnings, ...warnings] };
    setPlanHeaders(response, shown);
    this.abandoned.renderBy(contextOf(response), (made, again) => {
      setPlanHeaders(again, shown);
      this.send((made as readonly Generated[]).filter(isImage), again);
      return Promise.resolve();
    });
    if (run.kind === 'stream') {
      throw new Error('a prediction is never a stream');
    }
    const { images } = await lastValueFrom(run.result);
    this.send(images, response);
  }

  private send(images: readonly GeneratedImage[], response: Response): void {
    setSourceHeaders(response, images, this.config.server.accountHeader);
    setReturnedHeader(response, images.length);
    setCostHeader(response, contextOf(response), this.config.costs.areShown);
    sendBlobJson(response, {
      predictions: images.map(({ data, header }) => ({
        mimeType: header.mimeType,
        bytesBase64Encoded: data,
      })),
    });
  }
}
