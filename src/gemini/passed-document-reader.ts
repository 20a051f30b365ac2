import type { BodyReader } from './body-reader';
import { DocumentReader } from './document-reader';
import { failed, type FailedCall } from './gemini-result';

/** A complete response, both parsed and as received. */
export interface PassedDocument {
  readonly ok: true;
  readonly response: unknown;
  readonly chunks: readonly Buffer[];
}

/** Reads one JSON document and keeps its bytes, to be passed on unchanged. */
export class PassedDocumentReader implements BodyReader<PassedDocument | FailedCall> {
  private readonly document = new DocumentReader();
  private readonly chunks: Buffer[] = [];

  push(bytes: Buffer): undefined {
    this.chunks.push(bytes);
    this.document.push(bytes);
  }

  end(): PassedDocument | FailedCall {
    const { chunks } = this;
    if (chunks.length === 0) {
      // Not treated as `{}`: no client could parse it.
      return failed({ kind: 'no_image', reason: 'EMPTY_RESPONSE' });
    }
    const result = this.document.end();
    return result.ok ? { ...result, chunks } : result;
  }

  cutShort(): undefined {
    return undefined;
  }
}
