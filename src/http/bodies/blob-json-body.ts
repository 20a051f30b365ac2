import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { BlobJsonError } from '../../json/blob-json.error';
import { BlobJsonReader } from '../../json/blob-json-reader';
import { JsonBlob } from '../../json/json-blob';
import { notUtf8 } from './body-text';
import { parseHeader } from './header-parameters';
import { notJson } from './not-json';
import { readBody, type BodyLimits } from './request-body';

/**
 * What a body may hold besides its long strings. A request has a few hundred bytes of that; this
 * much takes 10 ms to parse and to walk through in the worst case, which is `[[[[…`.
 */
const MAX_SKELETON_BYTES = 64 * 1024;

const KIBIBYTE = 1024;

export interface JsonBodyLimits extends BodyLimits {
  /**
   * What a body may hold besides its long strings, where its route has a use for more than 64 KiB. It may have no more
   * brackets and commas than these for all that.
   */
  readonly maxSkeletonBytes?: number | undefined;
}

/** Whether a body is JSON by its content type: `application/json` and its relatives. */
export function isJson({ headers }: IncomingMessage): boolean {
  const { value } = parseHeader(headers['content-type'] ?? '');
  return /^application\/(json|[\w.-]+\+json)$/.test(value);
}

/**
 * Reads the body of a request, which has to be a JSON object, into what `JSON.parse` would give but
 * with a JsonBlob in place of every string of more than 1 KiB. No body at all counts as `{}`: it is
 * a common mistake, and what is missing from it says more.
 *
 * @throws GatewayError of `readBody`; `unsupported_content_type` for a charset that is no UTF-8 or
 * UTF-16; `invalid_request` for anything but a JSON object
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: JsonBodyLimits,
): Promise<Record<string, unknown>> {
  const { maxSkeletonBytes = MAX_SKELETON_BYTES } = limits;
  const reader = new JsonBodyReader(toUtf8(request.headers['content-type']), maxSkeletonBytes);
  await readBody(request, response, limits, (chunk) => {
    reader.push(chunk);
  });
  return reader.end();
}

/** Puts faults off to the end: what is no JSON may still turn out to be too large, which says more. */
class JsonBodyReader {
  private readonly reader: BlobJsonReader;
  private isEmpty = true;
  private fault: Error | undefined;

  constructor(
    private readonly utf8: (chunk: Buffer) => Buffer,
    private readonly maxSkeletonBytes: number,
  ) {
    this.reader = new BlobJsonReader({
      maxBytes: Number.POSITIVE_INFINITY,
      maxSkeletonBytes,
      maxSkeletonNodes: MAX_SKELETON_BYTES,
      strictUtf8: true,
    });
  }

  push(chunk: Buffer): void {
    this.isEmpty = false;
    if (this.fault === undefined) {
      try {
        this.reader.push(this.utf8(chunk));
      } catch (error) {
        this.fault = this.asRequestFault(error);
      }
    }
  }

  /** @throws GatewayError `invalid_request` for anything but a JSON object */
  end(): Record<string, unknown> {
    if (this.fault !== undefined) {
      throw this.fault;
    }
    if (this.isEmpty) {
      return {};
    }
    let body: unknown;
    try {
      body = this.reader.end();
    } catch (error) {
      throw this.asRequestFault(error);
    }
    return asObject(body);
  }

  private asRequestFault(error: unknown): Error {
    if (!(error instanceof BlobJsonError)) {
      return error instanceof Error ? error : new Error('a body could not be read');
    }
    if (error.reason === 'not_utf8') {
      return notUtf8();
    }
    return invalidRequest(
      null,
      null,
      error.reason === 'structure_too_large'
        ? `The body of your request holds more than ${this.maxSkeletonBytes / KIBIBYTE} KiB` +
            `${this.maxSkeletonBytes > MAX_SKELETON_BYTES ? ` or ${MAX_SKELETON_BYTES} values` : ''} ` +
            'besides its long strings, which is more than any request needs.'
        : notJson(this.reader.faultPosition),
    );
  }
}

function asObject(body: unknown): Record<string, unknown> {
  if (
    typeof body !== 'object' ||
    body === null ||
    Array.isArray(body) ||
    body instanceof JsonBlob
  ) {
    throw invalidRequest(null, null, 'The body of your request must be a JSON object.');
  }
  return body as Record<string, unknown>;
}

/** JSON is UTF-8 as a rule; the charsets of UTF-16 are turned into it as they come. */
function toUtf8(contentType = ''): (chunk: Buffer) => Buffer {
  const charset = parseHeader(contentType).parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  switch (charset) {
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
    case 'ascii':
      return (chunk) => chunk;
    case 'utf-16':
    case 'utf-16le':
    case 'utf-16be': {
      const decoder = new TextDecoder(charset);
      return (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }));
    }
    default:
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'The charset or the Content-Encoding of your request is not supported.',
      });
  }
}
