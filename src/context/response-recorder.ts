import type { GatewayError } from '../errors/gateway-error';

/** The file of a hosted image, and what its URLs depend on. */
export interface LinkedFile {
  readonly file: string;
  /** Epoch seconds; undefined if Easel does not delete it. */
  readonly deletedAt?: number;
  /** Whether its URLs are valid until then. */
  readonly isWhole?: true;
}

/** Records the response to a request, and its images, so that it can be replayed. */
export interface ResponseRecorder {
  /**
   * Called with an image before any response contains it, so that its bytes are recognised there.
   *
   * @param data a JsonBlob in base64
   */
  image(data: object, mimeType: string): void;
  /** Called with a URL that was made for this response; every replay gets a new one. */
  url(url: string, linked: LinkedFile): void;
  /** Called with the complete response before it is sent: plain data with JsonBlobs in it. */
  json(value: unknown): void;
  /** Called with an event of a stream that a replay contains. */
  event(event: { readonly name?: string; readonly data: unknown }): void;
  /**
   * Called when a stream has all of its events. @param lastData the line that ends it, if there is
   * one
   */
  end(lastData: string | undefined): void;
  /** Called with the error that ends the request instead. */
  fail(error: GatewayError): void;
  /** Called with the error that ends a stream that has begun, before its error event. */
  breakOff(error: GatewayError): void;
  /** Called when the request is over, whatever its result. */
  giveUp(): void;
}
