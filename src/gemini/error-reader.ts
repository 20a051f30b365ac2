import type { BodyReader } from './body-reader';
import { classifyStatus } from './gemini-failure';
import { failed, type FailedCall } from './gemini-result';

/** The largest error body read, in bytes; Google's are a few kilobytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** Reads the body of an answer whose status is an error. */
export class ErrorReader implements BodyReader<FailedCall> {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly status: number) {}

  push(chunk: Buffer): FailedCall | undefined {
    this.length += chunk.length;
    if (this.length > MAX_ERROR_BYTES) {
      return this.end();
    }
    this.chunks.push(chunk);
    return undefined;
  }

  end(): FailedCall {
    return failed(classifyStatus(this.status, parsed(Buffer.concat(this.chunks).toString('utf8'))));
  }

  /** The status has said the most of it. */
  cutShort(): FailedCall {
    return this.end();
  }
}

/** Error bodies are parsed whatever their content type says: Google's SSE endpoint mislabels them. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
