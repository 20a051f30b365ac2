import type { Response } from 'express';
import { contextOf } from '../../context/request-contexts';
import { serialiseBlobJson, type SerialisedJson } from '../../json/blob-json-writer';
import { yieldWhenSlow } from './slow-reader';
import { dropWhenStalled } from './stalled-reader';
import { PIECE_BYTES, writeInPieces } from './write-in-pieces';

/**
 * Sends a JSON response whose long strings may be blobs; their slices are written to the socket
 * unchanged.
 */
export function sendBlobJson(response: Response, value: unknown): void {
  const { recorder, hasLeft } = contextOf(response);
  recorder?.json(value);
  if (!hasLeft) {
    sendJsonBytes(response, serialiseBlobJson(value), 'application/json');
  }
}

/** Sends a document that is already serialised. */
export function sendJsonBytes(
  response: Response,
  { chunks, byteLength }: SerialisedJson,
  contentType: string,
): void {
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', byteLength);
  dropWhenStalled(response);
  yieldWhenSlow(response);
  if (byteLength <= PIECE_BYTES) {
    // Sends head, body and end in one system call.
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
