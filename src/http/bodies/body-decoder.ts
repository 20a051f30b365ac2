import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../../errors/gateway-error';
import { MAX_RATIO } from '../../memory/inflation';

const MEBIBYTE = 1024 * 1024;

/** The size of the chunks that Node reads from a socket. */
const CHUNK_BYTES = 64 * 1024;

/**
 * The size of Brotli's window, in bytes; the decoder keeps a copy of that much (RFC 7932, 9.1: 2^24
 * - 16).
 */
const BROTLI_WINDOW_BYTES = 16 * MEBIBYTE;

/** Decodes a body's Content-Encoding. */
export interface BodyDecoder {
  readonly stream: Transform & { readonly bytesWritten: number };
  /** How many bytes the decoder itself holds after producing this much output. */
  readonly ownBytes: (decodedBytes: number) => number;
}

/**
 * The decoder for a Content-Encoding; undefined if the body is not encoded.
 *
 * @throws GatewayError `unsupported_content_type` for encodings other than gzip, deflate and br
 */
export function bodyDecoder(contentEncoding = 'identity'): BodyDecoder | undefined {
  const options = { chunkSize: CHUNK_BYTES };
  switch (contentEncoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return { stream: createGunzip(options), ownBytes: () => CHUNK_BYTES };
    case 'deflate':
      return { stream: createInflate(options), ownBytes: () => CHUNK_BYTES };
    case 'br':
      return {
        stream: createBrotliDecompress(options),
        ownBytes: (decodedBytes) => CHUNK_BYTES + Math.min(decodedBytes, BROTLI_WINDOW_BYTES),
      };
    default:
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'The charset or the Content-Encoding of your request is not supported.',
      });
  }
}

/** The fault of a body for which `isInflated` is true. */
export function inflated(): GatewayError {
  return new GatewayError({
    kind: 'request_too_large',
    message:
      `The body of your request decompresses to more than ${MAX_RATIO} times its size. ` +
      'Send it without Content-Encoding.',
  });
}
