import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

import type { GoogleError } from './google-error';
import { jsonBytes } from './json-bytes';

/** The requested form of the response, according to URL and headers. */
export interface ResponseOptions {
  /** `sse` for `alt=sse`, `array` for a streaming call without it, otherwise one document. */
  readonly form: 'document' | 'sse' | 'array';
  readonly pretty: boolean;
  readonly gzip: boolean;
}

const JSON_TYPE = 'application/json; charset=UTF-8';
const SSE_TYPE = 'text/event-stream';
/** Google does not compress smaller bodies. */
const SMALL = 1024;

const compress = promisify(gzip);

export function contentType(options: ResponseOptions): string {
  return options.form === 'sse' ? SSE_TYPE : JSON_TYPE;
}

/**
 * An error body. On the streaming endpoint it is a plain JSON object with the type of an event
 * stream, or, without `alt=sse`, a list of one.
 */
export async function sendError(
  response: ServerResponse,
  options: ResponseOptions,
  error: GoogleError,
): Promise<void> {
  const { code, message, status, details } = error;
  const body = { error: { code, message, status, ...(details === undefined ? {} : { details }) } };
  const document = options.form === 'array' ? [body] : body;
  await sendDocument(response, options, jsonBytes(document, { pretty: options.pretty }), code);
}

/** A complete body with its Content-Length, compressed if the client accepts gzip. */
export async function sendDocument(
  response: ServerResponse,
  options: ResponseOptions,
  body: Buffer,
  status = 200,
): Promise<void> {
  // Base64 only benefits from Huffman coding; a search for repetitions would find none.
  const zip = options.gzip && body.length > SMALL;
  const bytes = zip ? await compress(body, { strategy: constants.Z_HUFFMAN_ONLY }) : body;
  writeHead(response, status, contentType(options), bytes.length, zip);
  response.end(bytes);
}

/** Sends the head of a response; without a length it is chunked. */
export function writeHead(
  response: ServerResponse,
  status: number,
  type: string,
  length?: number,
  zipped = false,
): void {
  response.writeHead(status, {
    'Content-Type': type,
    ...(length === undefined ? {} : { 'Content-Length': length }),
    ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
    Vary: 'Origin, X-Origin, Referer',
    'X-Content-Type-Options': 'nosniff',
  });
}

/** Writes and waits until the client has taken the chunk, or has disconnected. */
export async function writeChunk(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (response.destroyed || response.write(chunk)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/**
 * Announces the complete body, sends its first bytes and resets the connection; with 0 bytes
 * nothing is sent at all.
 */
export function sendCut(
  request: IncomingMessage,
  response: ServerResponse,
  type: string,
  body: Buffer,
  afterBytes: number,
): void {
  if (afterBytes === 0) {
    request.socket.destroy();
    return;
  }
  writeHead(response, 200, type, Math.max(body.length, afterBytes + 1));
  response.write(body.subarray(0, afterBytes), () => {
    request.socket.destroySoon();
  });
}
