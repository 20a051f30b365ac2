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

/** Sends an image, a part of it, or that the client's copy is the same, with all that caches and browsers ask for. */
export async function sendStoredImage(
  request: Request,
  response: Response,
  { image, fileName, entityTag, expires }: FileResponse,
): Promise<void> {
  response.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': `private, max-age=${secondsUntil(expires)}, immutable`,
    'Content-Disposition': `inline; filename="${fileName}"`,
    // It is what a browser shows: nothing in it may run or reach out.
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
    // It was there when it was opened, and has gone away since.
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'image_store_unavailable' }, { cause });
  });
  if (bytes === undefined) {
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'image_gone' });
  }
  dropWhenStalled(response);
  // Its error is the connection's or the store's; either way the response is cut, which the length tells.
  await pipeline(bytes, response).catch(() => undefined);
}

/**
 * Whether the client's copy is the same. `no-cache` asks for a look at the origin, which is here: Express would take
 * it for a wish to have the bytes again, and Node's own fetch sends it along with every condition.
 */
function isFresh({ headers }: Request, response: Response): boolean {
  return fresh(
    { ...headers, 'cache-control': undefined },
    { etag: response.get('ETag'), 'last-modified': response.get('Last-Modified') },
  );
}

/**
 * The one range that is asked for; undefined where all of it is: for none, for several, which nobody has to
 * serve, for what is no range of bytes, and for a copy of other bytes.
 *
 * @throws GatewayError for one that is outside
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
  const ranges = request.range(byteLength);
  if (ranges === -1) {
    dropFileHeaders(response);
    throw new GatewayError({ kind: 'range_not_satisfiable', byteLength });
  }
  return Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1
    ? ranges[0]
    : undefined;
}

/** An error is no image, and may not be kept like one. */
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
