import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import fresh from 'fresh';
import { GatewayError } from '../errors/gateway-error';
import { dropWhenStalled } from '../http/responses/stalled-reader';
import { mimeTypeOf } from './file-name';
import type { ByteRange, StoredImage } from './image-store';

interface FileResponse {
  readonly image: StoredImage;
  readonly fileName: string;
  readonly entityTag: string;
  /** When the URL expires, in epoch seconds. */
  readonly expires: number;
}

/** Sends an image, a range of it, or 304, with all headers that caches and browsers need. */
export async function sendStoredImage(
  request: Request,
  response: Response,
  { image, fileName, entityTag, expires }: FileResponse,
): Promise<void> {
  response.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': `private, max-age=${secondsUntil(expires)}, immutable`,
    'Content-Disposition': `inline; filename="${fileName}"`,
    // A browser displays it: nothing in it may run or load other resources.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Type': mimeTypeOf(fileName),
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ETag: entityTag,
    'Last-Modified': new Date(image.storedAt).toUTCString(),
  });
  if (isFresh(request, response)) {
    response.removeHeader('Content-Type');
    response.removeHeader('Content-Disposition');
    response.status(304).end();
    return;
  }
  const range = rangeOf(request, response, image.byteLength);
  const length = range === undefined ? image.byteLength : range.end - range.start + 1;
  if (range !== undefined) {
    response.status(206);
    response.set('Content-Range', `bytes ${range.start}-${range.end}/${image.byteLength}`);
  }
  response.set('Content-Length', String(length));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const bytes = await image.read(range).catch((cause: unknown) => {
    // It existed when it was opened, and was deleted since.
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'image_store_unavailable' }, { cause });
  });
  if (bytes === undefined) {
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'image_gone' });
  }
  dropWhenStalled(response);
  // The error is the connection's or the store's; either way the response ends early, which its
  // length shows.
  await pipeline(bytes, response).catch(() => undefined);
}

/**
 * Whether the client's copy is current. `no-cache` asks for revalidation with the origin, which
 * this is: Express would treat it as a request for the bytes, and Node's own fetch adds it to every
 * conditional request.
 */
function isFresh({ headers }: Request, response: Response): boolean {
  return fresh(
    { ...headers, 'cache-control': undefined },
    { etag: response.get('ETag'), 'last-modified': response.get('Last-Modified') },
  );
}

/**
 * The requested range; undefined for the whole image: without a range, for several, which a server
 * need not support, for anything but bytes, and for a condition on other bytes.
 *
 * @throws GatewayError for a range outside the image
 */
function rangeOf(request: Request, response: Response, byteLength: number): ByteRange | undefined {
  const condition = request.headers['if-range'];
  const isSame =
    condition === undefined ||
    condition === response.get('ETag') ||
    condition === response.get('Last-Modified');
  if (request.method !== 'GET' || !isSame) {
    return undefined;
  }
  // Express takes a suffix that is longer than the image for one outside it; it means all of it.
  const [, suffix] = /^bytes=-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (suffix !== undefined && Number(suffix) >= byteLength) {
    return { start: 0, end: byteLength - 1 };
  }
  const ranges = request.range(byteLength);
  if (ranges === -1) {
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'range_not_satisfiable', byteLength });
  }
  return Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1
    ? ranges[0]
    : undefined;
}

/** An error is not an image, and must not be cached like one. */
function dropFileHeaders(response: Response): void {
  for (const name of [
    'Accept-Ranges',
    'Cache-Control',
    'Content-Disposition',
    'Content-Length',
    'Content-Range',
    'Content-Type',
    'ETag',
    'Last-Modified',
  ]) {
    response.removeHeader(name);
  }
}

function secondsUntil(expires: number): number {
  return Math.max(0, expires - Math.floor(Date.now() / 1000));
}
