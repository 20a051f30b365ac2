import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, tap } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { microUsdOf, toUsd } from '../context/image-record';
import { contextOf } from '../context/request-contexts';
import { HostedImages } from '../hosting/hosted-images';
import { ImageLinks } from '../hosting/image-links';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setCostHeader } from '../http/responses/cost-header';
import { setOpenAiHeaders } from '../http/responses/openai-headers';
import { SseWriter, type SseDialect } from '../http/responses/sse-writer';
import { imageEvent, type ImageEventFamily } from './image-events';
import type { GeneratedImage } from './generated-image';
import {
  addWarning,
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from './image-headers.response';
import { imagesResponse } from './images-response';
import type { ImagesResult, ImagesRun } from './images-run';

/** The nested form of the error: openai-python takes any other for an ordinary event. */
const DIALECT: SseDialect = {
  errorEvent: (body) => ({ name: 'error', data: { type: 'error', ...body } }),
};

/** Makes OpenAI's response of a run, as JSON or as a stream, with its headers. */
@Injectable()
export class ImagesRenderer {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly hosted: HostedImages,
    private readonly links: ImageLinks,
  ) {}

  /**
   * Runs the order to its end and sends what comes of it.
   *
   * @param family the first half of the names of a stream's events
   * @throws what the run fails with, as long as nothing has been sent; later that is an event
   */
  async render(run: ImagesRun, family: ImageEventFamily, response: Response): Promise<void> {
    setPlanHeaders(response, run.plan);
    if (run.kind === 'stream') {
      await this.stream(run, family, response);
    } else {
      await this.send(await lastValueFrom(run.result), response);
    }
  }

  private async send({ plan, images }: ImagesResult, response: Response): Promise<void> {
    const urls = plan.responseFormat === 'url' ? await this.urlsOf(images, response) : [];
    setSourceHeaders(response, images, this.config.server.accountHeader);
    setReturnedHeader(response, images.length);
    const context = contextOf(response);
    setCostHeader(response, context, this.config.costs.areShown);
    setOpenAiHeaders(response, context);
    sendBlobJson(response, imagesResponse(plan, images, urls, Date.now()));
  }

  /** The URLs of the images that could be kept, all at the same time; none where none is. */
  private async urlsOf(
    images: readonly GeneratedImage[],
    response: Response,
  ): Promise<readonly (string | undefined)[]> {
    if (!this.hosted.isOn) {
      return [];
    }
    const context = contextOf(response);
    const files = await Promise.all(
      images.map(({ data, header }) => this.hosted.keep(data, header.mimeType, context)),
    );
    for (const [index, file] of files.entries()) {
      if (file === undefined) {
        addWarning(response, `image ${index} could not be hosted; its url is a data URI`);
      }
    }
    return files.map((file) => file && this.links.urlOf(file, response.req));
  }

  private async stream(
    { plan, progress }: Extract<ImagesRun, { kind: 'stream' }>,
    family: ImageEventFamily,
    response: Response,
  ): Promise<void> {
    setReturnedHeader(response, undefined);
    const { records } = contextOf(response).outcome;
    const costOf = (): number | undefined =>
      this.config.costs.areShown ? toUsd(microUsdOf(records)) : undefined;
    const writer = new SseWriter(response, DIALECT, this.config.images.streamKeepAliveMs);
    const sent = progress.pipe(
      tap((step) => {
        if (!response.headersSent) {
          setSourceHeaders(response, [step.image], this.config.server.accountHeader);
        }
        writer.send(imageEvent(family, step, { user: plan.user, costUsd: costOf() }, Date.now()));
      }),
    );
    try {
      await lastValueFrom(sent);
      writer.end();
    } catch (error) {
      if (!response.headersSent) {
        setReturnedHeader(response, 0);
      }
      writer.fail(error);
    }
  }
}
