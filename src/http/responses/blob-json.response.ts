import type { Response } from 'express';
import { serialiseBlobJson } from '../../json/blob-json-writer';
import { dropWhenStalled } from './stalled-reader';

/** Sends a JSON response whose long strings may be blobs: their slices go to the socket as they are. */
export function sendBlobJson(response: Response, value: unknown): void {
  const { chunks, byteLength } = serialiseBlobJson(value);
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', byteLength);
  dropWhenStalled(response);
  // Corked, all slices leave in one system call where the socket can take them.
  response.cork();
  for (const chunk of chunks) {
    response.write(chunk);
  }
  response.end();
  response.uncork();
}
