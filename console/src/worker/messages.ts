import type { Failure } from '../logic/error-words';
import type { RequestBody } from '../logic/generation-request';
import type { TokenUsage } from '../api/types';

/** One picture to ask for: JSON, or a form where images go along. */
export interface StartMessage {
  readonly type: 'start';
  readonly id: string;
  readonly url: string;
  readonly key: string;
  readonly body: RequestBody;
  readonly images: readonly Blob[];
  readonly imageField: 'image' | 'image[]';
  readonly mask: Blob | undefined;
}

export interface StopMessage {
  readonly type: 'stop';
  readonly id: string;
}

/** What the response said about itself before any picture. */
export interface ResponseFacts {
  readonly requestId: string;
  readonly account: string;
  readonly model: string;
  readonly ratio: string;
  readonly size: string;
  readonly warnings: readonly string[];
}

interface MadeImage {
  readonly blob: Blob;
  readonly preview: Blob;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly usage: TokenUsage | undefined;
}

export type WorkerMessage =
  | { readonly type: 'facts'; readonly id: string; readonly facts: ResponseFacts }
  | { readonly type: 'interim'; readonly id: string; readonly number: number; readonly blob: Blob }
  | { readonly type: 'made'; readonly id: string; readonly image: MadeImage }
  | { readonly type: 'failed'; readonly id: string; readonly failure: Failure };
