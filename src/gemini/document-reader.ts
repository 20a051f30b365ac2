import { BlobJsonReader } from '../json/blob-json-reader';
import type { BodyReader } from './body-reader';
import { failureInEvent } from './event-failure';
import { failed, MAX_ANSWER_BYTES, type GeminiResult } from './gemini-result';

/** Reads one JSON document, which may be an error for all that its status was 200. */
export class DocumentReader implements BodyReader<GeminiResult> {
  private readonly json = new BlobJsonReader({ maxBytes: MAX_ANSWER_BYTES });

  push(bytes: Buffer): undefined {
    this.json.push(bytes);
  }

  end(): GeminiResult {
    const answer = this.json.end();
    const failure = failureInEvent(answer);
    return failure === undefined ? { ok: true, answer } : failed(failure);
  }

  cutShort(): undefined {
    return undefined;
  }
}
