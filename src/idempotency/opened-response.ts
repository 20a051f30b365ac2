import type { JsonBlob } from '../json/json-blob';
import type { KeptResponse } from './kept-response';

/** A response with its images where somebody keeps them. */
export interface OpenedResponse {
  readonly response: KeptResponse;
  /** In base64, by number; undefined where the response does not have it. */
  readonly images: readonly (JsonBlob | undefined)[];
}
