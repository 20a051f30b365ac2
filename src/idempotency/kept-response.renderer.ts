import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { ImageLinks } from '../hosting/image-links';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setOpenAiHeaders } from '../http/responses/openai-headers';
import { SseWriter } from '../http/responses/sse-writer';
import { JsonBlob } from '../json/json-blob';
import { restoredValue, type Restorer } from './kept-response';
import type { OpenedResponse } from './opened-response';

const NOTHING = new JsonBlob([]);

/** Sends stored responses, with new URLs. */
@Injectable()
export class KeptResponseSender {
  private sent = 0;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly links: ImageLinks,
  ) {}

  /** How many responses were replayed, since the start. */
  get replays(): number {
    return this.sent;
  }

  /** Marks the response as a replay, which costs nothing. */
  markReplayed(response: Response): void {
    this.sent += 1;
    response.setHeader('Idempotent-Replayed', 'true');
    if (this.config.costs.areShown) {
      response.setHeader('X-Cost-USD', '0');
    }
  }

  send({ response: kept, images }: OpenedResponse, request: Request, response: Response): void {
    const restorer: Restorer = {
      image: (index) => images[index] ?? NOTHING,
      url: (linked) => this.links.urlOfFile(linked, request),
    };
    for (const [name, value] of Object.entries(kept.headers)) {
      response.setHeader(name, typeof value === 'string' ? value : [...value]);
    }
    response.status(kept.status);
    const { body, events, lastData } = kept;
    if (body !== undefined) {
      setOpenAiHeaders(response, contextOf(response));
      sendBlobJson(response, restoredValue(body, restorer));
      return;
    }
    const writer = new SseWriter(
      response,
      { errorEvent: (data) => ({ data }), ...(lastData === undefined ? {} : { lastData }) },
      this.config.images.streamKeepAliveMs,
    );
    for (const { name, data } of events ?? []) {
      writer.send({ ...(name === undefined ? {} : { name }), data: restoredValue(data, restorer) });
    }
    writer.end();
  }
}
