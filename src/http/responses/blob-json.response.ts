import type { Response } from 'express';
import { serialiseBlobJson } from '../../json/blob-json-writer';
import { yieldWhenSlow } from './slow-reader';
import { dropWhenStalled } from './stalled-reader';
import { PIECE_BYTES, writeInPieces } from './write-in-pieces';

/**
 * Sends a JSON response whose long strings may be blobs: their slices go to the socket unchanged.
 */
export function sendBlobJson(response: Response, value: unknown): void {
  const { chunks, byteLength } = serialiseBlobJson(value);
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', byteLength);
  dropWhenStalled(response);
  yieldWhenSlow(response);
  if (byteLength <= PIECE_BYTES) {
    // Head, body and end leave in one system call.
    response.cork();
    for (const chunk of chunks) {
      response.write(chunk);
    }
    response.end();
    response.uncork();
    return;
  }
  void writeInPieces(response, chunks).then((isWhole) => {
    if (isWhole) {
      response.end();
    }
  });
}
