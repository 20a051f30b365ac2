import type { JsonBlob } from '../json/json-blob';
import type { KeptResponse } from './kept-response';

/** A stored response, with its images still in the storage's memory. */
export interface OpenedResponse {
  readonly response: KeptResponse;
  /** In base64, by number; undefined if the response does not contain it. */
  readonly images: readonly (JsonBlob | undefined)[];
}
