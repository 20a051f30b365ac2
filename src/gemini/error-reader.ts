import { parseJson } from '../json/unknown-json';
import type { BodyReader } from './body-reader';
import { classifyStatus } from './gemini-failure';
import { failed, type FailedCall } from './gemini-result';

/** The maximum size of an error body that is read, in bytes; Google's have a few kilobytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** Reads the body of a response whose status is an error. */
export class ErrorReader implements BodyReader<FailedCall> {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  /** @param retryAfterMs from the `Retry-After` header */
  constructor(
    private readonly status: number,
    private readonly retryAfterMs?: number,
  ) {}

  push(chunk: Buffer): FailedCall | undefined {
    this.length += chunk.length;
    if (this.length > MAX_ERROR_BYTES) {
      return this.end();
    }
    this.chunks.push(chunk);
    return undefined;
  }

  end(): FailedCall {
    // The content type is ignored: Google's SSE endpoint mislabels errors.
    const body = parseJson(Buffer.concat(this.chunks).toString('utf8'));
    const failure = classifyStatus(this.status, body, this.retryAfterMs);
    return failure.kind === 'invalid_request'
      ? { ...failed(failure), errorBody: body }
      : failed(failure);
  }

  /** The status is enough. */
  cutShort(): FailedCall {
    return this.end();
  }
}
