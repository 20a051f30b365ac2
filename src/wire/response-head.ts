import { WireError } from './wire.error';

/** How the end of a response's body is found. */
export type BodyLength =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

/**
 * The parts of a response's head that are needed to read its body, to reuse its connection, and to
 * know when to retry.
 */
export interface ResponseHead {
  readonly status: number;
  readonly length: BodyLength;
  /** In lower case; undefined if the body is not encoded. */
  readonly contentEncoding: string | undefined;
  readonly keepsAlive: boolean;
  /** As received: seconds, or a date. */
  readonly retryAfter: string | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t -~\x80-\xff]*)?$/;
/**
 * No control characters: one parser ignores a NUL or half a line break, another ends the line
 * there. The value is matched word by word, because a pattern for trailing white space takes
 * quadratic time.
 */
const FIELD_LINE =
  /^([!#$%&'*+.^_`|~\w-]+):[ \t]*((?:[!-~\x80-\xff]+(?:[ \t]+[!-~\x80-\xff]+)*)?)[ \t]*$/;

/**
 * Parses the head of an HTTP/1.1 response (RFC 9112), as far as the framing of its body requires.
 *
 * @param text everything before the blank line, as Latin-1
 * @throws WireError `EPROTO` if the body could be mistaken for another response's
 */
export function parseResponseHead(text: string): ResponseHead {
  const [statusLine = '', ...fieldLines] = text.split('\r\n');
  const [, minor, code] = STATUS_LINE.exec(statusLine) ?? [];
  if (code === undefined) {
    throw new WireError('EPROTO', 'not an HTTP/1.1 response');
  }
  const status = Number(code);
  const fields = fieldsOf(fieldLines);
  const length = lengthOf(status, fields);
  return {
    status,
    length,
    contentEncoding: fields.get('content-encoding')?.toLowerCase() || undefined,
    keepsAlive: minor === '1' && length.kind !== 'until_close' && !isLast(fields),
    retryAfter: fields.get('retry-after') || undefined,
  };
}

/**
 * Whether the connection must not be reused: the sender says so, or its two framings may contradict
 * each other.
 */
function isLast(fields: ReadonlyMap<string, string>): boolean {
  return (
    /(?:^|[\t ,])close(?:[\t ,]|$)/i.test(fields.get('connection') ?? '') ||
    (fields.has('transfer-encoding') && fields.has('content-length'))
  );
}

/** Joins fields of the same name with commas, which is equivalent. */
function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new WireError('EPROTO', 'a malformed header');
    }
    const key = name.toLowerCase();
    const earlier = fields.get(key);
    fields.set(key, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return fields;
}

function lengthOf(status: number, fields: ReadonlyMap<string, string>): BodyLength {
  if (status < 200 || status === 204 || status === 304) {
    return { kind: 'bytes', bytes: 0 };
  }
  const transferEncoding = fields.get('transfer-encoding');
  if (transferEncoding !== undefined) {
    if (transferEncoding.toLowerCase() !== 'chunked') {
      throw new WireError('EPROTO', 'a transfer encoding that was not asked for');
    }
    return { kind: 'chunked' };
  }
  const contentLength = fields.get('content-length');
  if (contentLength === undefined) {
    return { kind: 'until_close' };
  }
  // Some proxies repeat the field. If all values agree, it is unambiguous.
  const [first = '', ...others] = contentLength.split(/, ?/);
  if (!/^\d{1,15}$/.test(first) || others.some((other) => other !== first)) {
    throw new WireError('EPROTO', 'an invalid content length');
  }
  return { kind: 'bytes', bytes: Number(first) };
}
