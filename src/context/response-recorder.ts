import type { GatewayError } from '../errors/gateway-error';

/** Records the response to a request, and its images, so that the same can be sent again. */
export interface ResponseRecorder {
  /**
   * Told of an image before any response has it, so that its bytes are known where they stand.
   *
   * @param data a JsonBlob in base64
   */
  image(data: object, mimeType: string): void;
  /** Told of a URL that was made for this response; it is made anew whenever that is sent again. */
  url(url: string, fileName: string): void;
  /** Told of the whole response, which is about to be sent: plain data with JsonBlobs in it. */
  json(value: unknown): void;
  /** Told of an event of a stream that would be sent again. */
  event(event: { readonly name?: string; readonly data: unknown }): void;
  /** Told that a stream has all of its events. @param lastData the line that ends it, if there is one */
  end(lastData: string | undefined): void;
  /** Told of what ends the request instead. */
  fail(error: GatewayError): void;
  /** Told of what ends a stream that has begun, before the event that says so. */
  breakOff(error: GatewayError): void;
  /** Told that the request is over, whatever has become of it. */
  giveUp(): void;
}
