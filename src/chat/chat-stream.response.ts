import type { Response } from 'express';
import { concatMap, lastValueFrom, type Observable } from 'rxjs';
import type { AppConfig } from '../config/app-config';
import { microUsdOf, toUsd } from '../context/image-record';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { openAiError } from '../errors/openai-error';
import { noteFault } from '../http/errors/note-fault';
import { SseWriter, type SseDialect } from '../http/responses/sse-writer';
import type { Generated, GeneratedImage } from '../images/generated-image';
import { setReturnedHeader, setSourceHeaders } from '../images/image-headers.response';
import type { ConversationStep } from '../images/images-run';
import { JsonBlob } from '../json/json-blob';
import { ChatChunks, type ChatDelta } from './chat-chunk';
import {
  BLANK_LINE,
  completionHead,
  finishReason,
  shownImages,
  type FinishReason,
} from './chat-completion';
import type { ChatView } from './chat-order.request';
import { chatUsage, recordedUsage, type ChatUsage } from './chat-usage';
import { markdownImage } from './image-link';

/** Events have no names, an error is a chunk of its own, and clients wait for `[DONE]`. */
const DIALECT: SseDialect = {
  errorEvent: (data) => ({ data }),
  lastData: '[DONE]',
};

/** What is kept of a paid call once its bytes are sent. */
type CallRecord = Pick<Generated, 'usage' | 'thoughtTokens'>;

/**
 * Sends a chat's response as OpenAI's chunks. The first is sent when an account is leased, or when
 * the client has waited almost as long as proxies allow: from then on an error is an event.
 */
export class ChatStream {
  private readonly chunks: ChatChunks;
  private readonly writer: SseWriter;
  private readonly opening: NodeJS.Timeout;
  private readonly records: CallRecord[] = [];
  private isOpen = false;
  private images = 0;
  /** The call whose text was sent last; undefined if no text has been sent. */
  private lastSpeaker: number | undefined;
  private hasSpoken = false;
  private finish: FinishReason = 'stop';

  constructor(
    private readonly response: Response,
    model: string,
    private readonly view: ChatView,
    private readonly config: AppConfig,
  ) {
    const { streamKeepAliveMs } = config.images;
    this.chunks = new ChatChunks(completionHead(model, Date.now()), view.includesUsage);
    // Before the writer's own timer, whose comment would otherwise be sent first.
    this.opening = setTimeout(() => {
      this.open();
    }, streamKeepAliveMs);
    this.writer = new SseWriter(response, DIALECT, streamKeepAliveMs);
  }

  /**
   * @param urlOf hosts an image for the text, and returns its URL; undefined if it is not hosted
   * @throws what the run fails with, if nothing has been sent yet
   */
  async send(
    steps: Observable<ConversationStep>,
    urlOf: (image: GeneratedImage) => Promise<string | undefined>,
  ): Promise<void> {
    try {
      await lastValueFrom(
        steps.pipe(
          concatMap(async (step) => {
            this.show(step, step.kind === 'completed' ? await urlOf(step.image) : undefined);
          }),
        ),
        { defaultValue: undefined },
      );
      const cost = this.config.costs.areShown
        ? toUsd(microUsdOf(contextOf(this.response).outcome.records))
        : undefined;
      this.end(chatUsage(this.records, cost));
    } catch (error) {
      this.fail(error);
    } finally {
      clearTimeout(this.opening);
    }
  }

  sendText(text: string, usage: ChatUsage): void {
    clearTimeout(this.opening);
    this.open();
    this.add({ content: text });
    this.end(usage);
  }

  /** @param url of the image, if it is hosted */
  private show(step: ConversationStep, url: string | undefined): void {
    switch (step.kind) {
      case 'begun':
        if (!this.response.headersSent) {
          const { email: accountEmail, provider } = step.account;
          const { accountHeader } = this.config.server;
          setSourceHeaders(this.response, [{ accountEmail, provider }], accountHeader);
        }
        this.open();
        break;
      case 'text':
        this.say(step.text, step.call);
        break;
      case 'completed':
        this.showImage(step.image, url);
        this.record(step.image);
        break;
      case 'text-only':
        this.finish = finishReason([step.words]);
        this.record(step.words);
        break;
    }
  }

  private open(): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.add({ role: 'assistant', content: '' });
    }
  }

  /** Texts of different calls are separated; pieces of the same text are not. */
  private say(text: JsonBlob, call: number | undefined): void {
    const isApart = this.hasSpoken && (call === undefined || call !== this.lastSpeaker);
    this.add({ content: isApart ? JsonBlob.join([BLANK_LINE, text]) : text });
    this.hasSpoken = true;
    this.lastSpeaker = call;
  }

  private showImage(image: GeneratedImage, url: string | undefined): void {
    if (this.view.placement !== 'markdown') {
      this.add({ images: shownImages([image], this.images) });
    }
    if (this.view.placement !== 'images') {
      this.say(markdownImage(image, url), undefined);
    }
    this.images += 1;
  }

  /** Without the image itself, whose bytes can be released once they are sent. */
  private record({ usage, thoughtTokens }: Generated): void {
    this.records.push({ usage, thoughtTokens });
  }

  private add(delta: ChatDelta, finish: FinishReason | null = null): void {
    this.writer.send({ data: this.chunks.delta(delta, finish) });
  }

  private end(usage: ChatUsage | undefined): void {
    this.add({}, this.finish);
    const last = this.chunks.usage(usage);
    if (last !== undefined) {
      this.writer.send({ data: last });
    }
    this.writer.end();
  }

  private fail(error: unknown): void {
    const { response } = this;
    if (!response.headersSent) {
      setReturnedHeader(response, 0);
    } else if (error instanceof GatewayError && error.fault.kind === 'moderation_blocked') {
      // A refusal is sent as the model's text, because a chat shows nothing else.
      const context = contextOf(response);
      noteFault(context, error.fault, error);
      const { body, status } = openAiError(error.fault, context.id);
      context.outcome.statusAfterStart = status;
      this.say(JsonBlob.from(Buffer.from(body.error.message)), undefined);
      this.finish = 'content_filter';
      this.end(recordedUsage(context.outcome.records, this.config.costs.areShown));
      return;
    }
    this.writer.fail(error);
  }
}
