import type { BodyReader } from './body-reader';
import { DocumentReader } from './document-reader';
import { failed, type FailedCall } from './gemini-result';

/** A whole response, parsed and as it came. */
export interface PassedDocument {
  readonly ok: true;
  readonly response: unknown;
  readonly chunks: readonly Buffer[];
}

/** Reads one JSON document and keeps its bytes, to be handed on as they are. */
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
      // Not even `{}`: no client could read it.
      return failed({ kind: 'no_image', reason: 'EMPTY_RESPONSE' });
    }
    const result = this.document.end();
    return result.ok ? { ...result, chunks } : result;
  }

  cutShort(): undefined {
    return undefined;
  }
}
