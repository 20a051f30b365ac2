import type { Response } from 'express';
import type { LinkedFile, ResponseRecorder } from '../context/response-recorder';
import type { GatewayError } from '../errors/gateway-error';
import { JsonBlob } from '../json/json-blob';
import type { HostedMimeType } from '../hosting/file-name';
import { isKeptFault } from './kept-fault';
import { keptValue, KnownImages, type KeptEvent, type KeptResponse } from './kept-response';
import { LOCAL_WARNING } from './shared-records';

/** The result of a request. */
export type Recorded =
  | { readonly kind: 'response'; readonly response: KeptResponse; readonly images: RecordedImages }
  | { readonly kind: 'fault'; readonly error: GatewayError }
  /** Unknown: the request has ended in another way. */
  | { readonly kind: 'nothing' };

/** In base64, and valid only as long as the request. */
export type RecordedImages = readonly {
  readonly data: JsonBlob;
  readonly mimeType: HostedMimeType;
}[];

/** The headers that describe a response's content; all others belong to the individual request. */
const KEPT_HEADER = /^(x-images?-|x-mapping-warning$|x-account-email$|x-upstream$)/;

/** Listens to one request until its result is known, and then reports it once. */
export class Recording implements ResponseRecorder {
  private images = new KnownImages();
  private readonly urls = new Map<string, LinkedFile>();
  private events: KeptEvent[] = [];
  private isDone = false;

  constructor(
    private readonly response: Response,
    private readonly onDone: (recorded: Recorded) => void,
  ) {}

  image(data: object, mimeType: string): void {
    if (!this.isDone && data instanceof JsonBlob) {
      this.images.add(data, mimeType);
    }
  }

  url(url: string, linked: LinkedFile): void {
    this.urls.set(url, linked);
  }

  json(value: unknown): void {
    if (!this.isDone) {
      this.done({ body: keptValue(value, this.images, this.urls) });
    }
  }

  event({ name, data }: { readonly name?: string; readonly data: unknown }): void {
    if (!this.isDone) {
      const kept = keptValue(data, this.images, this.urls);
      this.events.push(name === undefined ? { data: kept } : { name, data: kept });
    }
  }

  end(lastData: string | undefined): void {
    if (!this.isDone) {
      this.done({ events: this.events, ...(lastData === undefined ? {} : { lastData }) });
    }
  }

  fail(error: GatewayError): void {
    this.finish({ kind: 'fault', error });
  }

  breakOff(error: GatewayError): void {
    // A stream that ends with a fault that would occur again is stored unchanged.
    if (this.events.length === 0 || !isKeptFault(error.fault)) {
      this.fail(error);
    }
  }

  giveUp(): void {
    this.finish({ kind: 'nothing' });
  }

  private done(content: Pick<KeptResponse, 'body' | 'events' | 'lastData'>): void {
    const { statusCode: status } = this.response;
    this.finish({
      kind: 'response',
      response: { status, headers: keptHeaders(this.response), ...content },
      images: this.images.list as RecordedImages,
    });
  }

  private finish(recorded: Recorded): void {
    if (!this.isDone) {
      this.isDone = true;
      // An idle connection references its last request, and through it this recorder, which must
      // not keep the images alive.
      [this.images, this.events] = [new KnownImages(), []];
      this.onDone(recorded);
    }
  }
}

function keptHeaders(response: Response): KeptResponse['headers'] {
  return Object.fromEntries(
    Object.entries(response.getHeaders()).flatMap(([name, value]) => {
      const values = [value ?? []].flat().map(String);
      const kept = values.filter((text) => text !== LOCAL_WARNING);
      return kept.length > 0 && KEPT_HEADER.test(name)
        ? [[name, kept.length > 1 ? kept : kept.join('')]]
        : [];
    }),
  );
}
