import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { microUsdOf, toUsd } from '../context/image-record';
import { contextOf } from '../context/request-contexts';
import { HostedImages } from '../hosting/hosted-images';
import { ImageLinks } from '../hosting/image-links';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setCostHeader } from '../http/responses/cost-header';
import { setOpenAiHeaders } from '../http/responses/openai-headers';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { isImage, type Generated, type GeneratedImage } from '../images/generated-image';
import {
  addWarning,
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from '../images/image-headers.response';
import { withoutImages } from '../mapping/image-plan';
import type { ConversationResult, ConversationRun } from '../images/images-run';
import type { TaskResponse } from './background-task.request';
import { chatCompletion, completionHead, textCompletion } from './chat-completion';
import type { ChatView } from './chat-order.request';
import { chatUsage } from './chat-usage';
import { ChatStream } from './chat-stream.response';

const NO_TOKENS = {
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  completion_tokens_details: { reasoning_tokens: 0, image_tokens: 0 },
};

/** Renders the response of a chat, as JSON or as a stream, with the headers of the Images API. */
@Injectable()
export class ChatRenderer {
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
  async render(run: ConversationRun, view: ChatView, response: Response): Promise<void> {
    const { plan } = run;
    const shown = withoutImages(plan);
    this.abandoned.renderBy(contextOf(response), (made, again) => {
      setPlanHeaders(again, shown);
      return this.send({ plan: shown, made: made as readonly Generated[] }, view, again);
    });
    setPlanHeaders(response, plan);
    if (run.kind === 'whole') {
      await this.send(await lastValueFrom(run.result), view, response);
      return;
    }
    setReturnedHeader(response, undefined);
    const stream = new ChatStream(response, plan.model, view, this.config);
    await stream.send(run.progress, (image) => this.urlOf(image, view, response));
  }

  /** Sends locally generated text, without an upstream call. */
  renderTask({ text, model, stream, includesUsage }: TaskResponse, response: Response): void {
    if (stream) {
      const view = { placement: 'images', includesUsage } as const;
      new ChatStream(response, model, view, this.config).sendText(text, NO_TOKENS);
      return;
    }
    setOpenAiHeaders(response, contextOf(response));
    sendBlobJson(response, textCompletion(completionHead(model, Date.now()), text, NO_TOKENS));
  }

  /**
   * The URL of an image in a message's text, valid as long as the image is hosted; undefined if it
   * is not hosted, or not shown in the text.
   */
  private async urlOf(
    { data, header }: GeneratedImage,
    view: ChatView,
    response: Response,
  ): Promise<string | undefined> {
    if (!this.isLinking(view)) {
      return undefined;
    }
    const file = await this.hosted.keep(data, header.mimeType, contextOf(response));
    return file && this.links.urlOf(file, response.req, 'whole');
  }

  private isLinking({ placement }: ChatView): boolean {
    return placement !== 'images' && this.hosted.isOn;
  }

  private async send(
    { plan, made }: ConversationResult,
    view: ChatView,
    response: Response,
  ): Promise<void> {
    const images = made.filter(isImage);
    const urls = await Promise.all(images.map((image) => this.urlOf(image, view, response)));
    if (this.isLinking(view)) {
      for (const [index, url] of urls.entries()) {
        if (url === undefined) {
          addWarning(response, `image ${index} could not be hosted; its link is a data URI`);
        }
      }
    }
    setSourceHeaders(response, made, this.config.server.accountHeader);
    setReturnedHeader(response, images.length);
    const context = contextOf(response);
    const { areShown } = this.config.costs;
    setCostHeader(response, context, areShown);
    setOpenAiHeaders(response, context);
    const cost = areShown ? toUsd(microUsdOf(context.outcome.records)) : undefined;
    const head = completionHead(plan.model, Date.now());
    sendBlobJson(response, chatCompletion(head, made, { ...view, urls }, chatUsage(made, cost)));
  }
}
