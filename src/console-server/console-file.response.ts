import type { Request, Response } from 'express';
import fresh from 'fresh';
import type { ConsoleFile } from './console-files';

/** Allows only what Easel itself serves: no inline script or style, no frame, no other host. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/**
 * The page is revalidated each time, since its address stays the same; the name of an asset
 * contains its hash.
 */
const CACHING = {
  page: 'no-cache',
  asset: 'public, max-age=31536000, immutable',
} as const;

/** Sends a file of the console, gzipped if the client accepts that. */
export function sendConsoleFile(
  request: Request,
  response: Response,
  file: ConsoleFile,
  kind: keyof typeof CACHING,
): void {
  const isGzipped = request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  response.set({
    'Cache-Control': CACHING[kind],
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    // The bytes depend on the encoding, and a strong tag identifies bytes.
    ETag: `W/${file.entityTag}`,
  });
  response.vary('Accept-Encoding');
  // `no-cache` asks for revalidation with the origin, which this is; Node's own fetch adds it to
  // every conditional request.
  const conditions = { ...request.headers, 'cache-control': undefined };
  if (fresh(conditions, { etag: response.get('ETag') })) {
    response.status(304).end();
    return;
  }
  const bytes = isGzipped ? file.gzipped : file.bytes;
  response.set({ 'Content-Type': file.type, 'Content-Length': String(bytes.length) });
  if (isGzipped) {
    response.set('Content-Encoding', 'gzip');
  }
  response.status(200).end(request.method === 'HEAD' ? undefined : bytes);
}
