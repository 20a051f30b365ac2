import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, tap } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { microUsdOf, toUsd } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
import { contextOf } from '../context/request-contexts';
import { HostedImages } from '../hosting/hosted-images';
import { ImageLinks } from '../hosting/image-links';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setCostHeader } from '../http/responses/cost-header';
import { setOpenAiHeaders } from '../http/responses/openai-headers';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { SseWriter, type SseDialect } from '../http/responses/sse-writer';
import { withoutImages } from '../mapping/image-plan';
import { isImage, type Generated, type GeneratedImage } from './generated-image';
import {
  addWarning,
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from './image-headers.response';
import type { ImagesDialect, Sending } from './images-dialect';
import type { ImagesResult, ImagesRun } from './images-run';

/** The nested form of the error: openai-python treats any other as an ordinary event. */
const SSE: SseDialect = {
  errorEvent: (body) => ({ name: 'error', data: { type: 'error', ...body } }),
};

/** Renders the response of a run in an API's dialect, as JSON or as a stream, with its headers. */
@Injectable()
export class ImagesRenderer {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly hosted: HostedImages,
    private readonly links: ImageLinks,
    private readonly abandoned: AbandonedImages,
  ) {}

  /**
   * Runs the order to its end and sends the result.
   *
   * @throws what the run fails with, if nothing has been sent yet; later it becomes an event
   */
  async render(run: ImagesRun, dialect: ImagesDialect, response: Response): Promise<void> {
    const { plan } = run;
    const shown = withoutImages(plan);
    this.abandoned.renderBy(contextOf(response), (made, again) => {
      const images = (made as readonly Generated[]).filter(isImage);
      setPlanHeaders(again, shown);
      return this.send({ plan: shown, images }, dialect, again);
    });
    setPlanHeaders(response, plan);
    if (run.kind === 'stream') {
      await this.stream(run, dialect, response);
    } else {
      await this.send(await lastValueFrom(run.result), dialect, response);
    }
  }

  private async send(
    { plan, images }: ImagesResult,
    dialect: ImagesDialect,
    response: Response,
  ): Promise<void> {
    const urls = plan.responseFormat === 'url' ? await this.urlsOf(images, response) : [];
    setSourceHeaders(response, images, this.config.server.accountHeader);
    setReturnedHeader(response, images.length);
    const context = contextOf(response);
    const sending = this.sendingOf(context);
    setCostHeader(response, context, this.config.costs.areShown);
    setOpenAiHeaders(response, context);
    sendBlobJson(response, dialect.response(plan, images, urls, sending()));
  }

  private sendingOf({ outcome }: RequestContext): () => Sending {
    const { areShown } = this.config.costs;
    return () => ({
      now: Date.now(),
      costUsd: areShown ? toUsd(microUsdOf(outcome.records)) : undefined,
    });
  }

  /** The URLs of the images that could be stored, all in parallel; empty if none could. */
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
    dialect: ImagesDialect,
    response: Response,
  ): Promise<void> {
    setReturnedHeader(response, undefined);
    const sending = this.sendingOf(contextOf(response));
    const writer = new SseWriter(response, SSE, this.config.images.streamKeepAliveMs);
    const sent = progress.pipe(
      tap((step) => {
        if (!response.headersSent) {
          setSourceHeaders(response, [step.image], this.config.server.accountHeader);
        }
        const isTransient = step.kind === 'partial';
        writer.send({ ...dialect.event(plan, step, sending()), isTransient });
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
