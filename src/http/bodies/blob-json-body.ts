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
 * The maximum size of a body without its long strings, in bytes. A request has a few hundred.
 * Parsing this much and walking through it takes 10 ms in the worst case, which is `[[[[…`.
 */
const MAX_SKELETON_BYTES = 64 * 1024;

/** Whether a body is JSON by its content type: `application/json` and its relatives. */
export function isJson({ headers }: IncomingMessage): boolean {
  const { value } = parseHeader(headers['content-type'] ?? '');
  return /^application\/(json|[\w.-]+\+json)$/.test(value);
}

/**
 * Reads the body of a request, which must be a JSON object, into the value that `JSON.parse` would
 * return, but with a JsonBlob in place of every string of more than 1 KiB. An empty body counts as
 * `{}`: it is a common mistake, and the error about the missing field says more.
 *
 * @throws GatewayError of `readBody`; `unsupported_content_type` for a charset other than UTF-8 and
 * UTF-16; `invalid_request` for anything but a JSON object
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<Record<string, unknown>> {
  const reader = new JsonBodyReader(toUtf8(request.headers['content-type']));
  await readBody(request, response, limits, (chunk) => {
    reader.push(chunk);
  });
  return reader.end();
}

/**
 * Delays faults to the end: a body that is not JSON may also be too large, and that error says
 * more.
 */
class JsonBodyReader {
  private readonly reader = new BlobJsonReader({
    maxBytes: Number.POSITIVE_INFINITY,
    maxSkeletonBytes: MAX_SKELETON_BYTES,
    strictUtf8: true,
  });
  private isEmpty = true;
  private fault: Error | undefined;

  constructor(private readonly utf8: (chunk: Buffer) => Buffer) {}

  push(chunk: Buffer): void {
    this.isEmpty = false;
    if (this.fault === undefined) {
      try {
        this.reader.push(this.utf8(chunk));
      } catch (error) {
        this.fault = asRequestFault(error, this.reader);
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
      throw asRequestFault(error, this.reader);
    }
    return asObject(body);
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

/** JSON is usually UTF-8; UTF-16 is converted as it arrives. */
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

function asRequestFault(error: unknown, reader: BlobJsonReader): Error {
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
      ? `The body of your request holds more than ${MAX_SKELETON_BYTES / 1024} KiB besides its ` +
          'long strings, which is more than any request needs.'
      : notJson(reader.faultPosition),
  );
}
