import { BlobJsonReader } from '../json/blob-json-reader';
import type { BodyReader } from './body-reader';
import { failureInEvent } from './event-failure';
import { failed, MAX_RESPONSE_BYTES, type GeminiResult } from './gemini-result';

/** Reads one JSON document. It may be an error even if the status was 200. */
export class DocumentReader implements BodyReader<GeminiResult> {
  private readonly json = new BlobJsonReader({ maxBytes: MAX_RESPONSE_BYTES });

  private isEmpty = true;

  push(bytes: Buffer): undefined {
    this.isEmpty = false;
    this.json.push(bytes);
  }

  end(): GeminiResult {
    // A 200 with an empty body means the same as `{}`, and may cost as much.
    const response = this.isEmpty ? {} : this.json.end();
    const failure = failureInEvent(response);
    return failure === undefined ? { ok: true, response } : failed(failure);
  }

  cutShort(): undefined {
    return undefined;
  }
}
