import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { BlobJsonError } from '../../json/blob-json.error';
import { BlobJsonReader, type BlobJsonReaderOptions } from '../../json/blob-json-reader';
import type { SerialisedJson } from '../../json/blob-json-writer';
import { JsonBlob } from '../../json/json-blob';
import { SliceList } from '../../json/slice-list';
import { notUtf8 } from './body-text';
import { BodyContent } from './body-content';
import { parseHeader } from './header-parameters';
import { notJson } from './not-json';
import { readBody, type BodyLimits } from './request-body';

/**
 * The maximum size of a body without its long strings, in bytes. A request has a few hundred.
 * Parsing and walking through this much takes 10 ms in the worst case, `[[[[…`.
 */
const LIMITS: StructureLimits = { maxSkeletonBytes: 64 * 1024 };

/** What a body may hold besides its long strings, in bytes, and how deep it may be nested. */
export type StructureLimits = Pick<BlobJsonReaderOptions, 'maxDepth' | 'maxSkeletonNodes'> & {
  readonly maxSkeletonBytes: number;
};

const NOTHING = Buffer.alloc(0);

/** A JSON body, both parsed and as received. */
export interface JsonBytes {
  /** With a JsonBlob in place of every string of more than 1 KiB. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The original bytes, in UTF-8 and without Content-Encoding. */
  readonly bytes: SerialisedJson;
}

/** Whether the content type of a body is `application/json` or another JSON type. */
export function isJson({ headers }: IncomingMessage): boolean {
  const { value } = parseHeader(headers['content-type'] ?? '');
  return /^application\/(json|[\w.-]+\+json)$/.test(value);
}

/**
 * Reads the body of a request, which must be a JSON object. Returns what `JSON.parse` would, but
 * with a JsonBlob in place of every string of more than 1 KiB. An empty body counts as `{}`: it is
 * a common mistake, and the error about the missing field is more helpful.
 *
 * @throws GatewayError of `readBody`; `unsupported_content_type` for a charset other than UTF-8 and
 * UTF-16; `invalid_request` for anything but a JSON object
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  structure: StructureLimits = LIMITS,
): Promise<Record<string, unknown>> {
  const reader = new JsonBodyReader(toUtf8(request.headers['content-type']), structure);
  const content = BodyContent.begin(request);
  await readBody(request, response, limits, (chunk) => {
    content.add(chunk);
    reader.push(chunk);
  });
  return reader.end();
}

/** Like `readJsonBody`, with the original bytes, for callers that forward them. */
export async function readJsonBytes(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  structure: StructureLimits,
): Promise<JsonBytes> {
  const reader = new JsonBodyReader(toUtf8(request.headers['content-type']), structure);
  const bytes = new SliceList();
  await readBody(request, response, limits, (chunk) => {
    bytes.add(reader.push(chunk));
  });
  const value = reader.end();
  return { value, bytes: { chunks: bytes.slices(), byteLength: bytes.byteLength } };
}

/**
 * Reports faults only at the end: a body that is not JSON may also be too large, and that error is
 * more helpful.
 */
class JsonBodyReader {
  private readonly reader: BlobJsonReader;
  private isEmpty = true;
  private fault: Error | undefined;

  constructor(
    private readonly utf8: (chunk: Buffer) => Buffer,
    private readonly structure: StructureLimits,
  ) {
    this.reader = new BlobJsonReader({
      maxBytes: Number.POSITIVE_INFINITY,
      ...structure,
      strictUtf8: true,
    });
  }

  /** @returns the chunk in UTF-8; undefined after a fault */
  push(chunk: Buffer): Buffer {
    this.isEmpty = false;
    if (this.fault !== undefined) {
      return NOTHING;
    }
    try {
      const bytes = this.utf8(chunk);
      this.reader.push(bytes);
      return bytes;
    } catch (error) {
      this.fault = asRequestFault(error, this.reader, this.structure);
      return NOTHING;
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
      throw asRequestFault(error, this.reader, this.structure);
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

function asRequestFault(error: unknown, reader: BlobJsonReader, limits: StructureLimits): Error {
  if (!(error instanceof BlobJsonError)) {
    return error instanceof Error ? error : new Error('a body could not be read');
  }
  switch (error.reason) {
    case 'not_utf8':
      return notUtf8();
    case 'structure_too_large':
      return invalidRequest(
        null,
        null,
        `The body of your request holds more than ${limits.maxSkeletonBytes / 1024} KiB` +
          (limits.maxSkeletonNodes === undefined ? '' : ` or ${limits.maxSkeletonNodes} values`) +
          ' besides its long strings, which is more than any request needs.',
      );
    case 'too_deep':
      return invalidRequest(
        null,
        null,
        `The body of your request is nested more than ${String(limits.maxDepth)} levels deep.`,
      );
    default:
      return invalidRequest(null, null, notJson(reader.faultPosition));
  }
}
