import { createHash, hash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { base64Of } from '../../json/base64-blob';
import { decodedPieces } from '../../json/base64-decoder';
import { MultipartForm } from './multipart-form';

/** Larger bodies get no fingerprint, unless they come with an Idempotency-Key. */
const MAX_FINGERPRINTED_BYTES = 8 * 1024 * 1024;
/**
 * Hashing this much takes about two milliseconds; then other work gets its turn of the event loop.
 */
const BYTES_PER_TURN = 1024 * 1024;

const CONTENT = Symbol('easel.bodyContent');

interface WithContent extends IncomingMessage {
  [CONTENT]?: BodyContent;
}

/**
 * The fingerprint of a JSON body. The body is hashed as it arrives, so none of it has to be kept; a
 * prompt costs a few microseconds. A body with an Idempotency-Key is hashed whatever its size.
 */
export class BodyContent {
  private partial: Hash | undefined;
  private bytes = 0;
  private known: string | undefined;

  private constructor(
    private readonly maxBytes: number,
    /** The announced size of the body; NaN if it was not announced. */
    private readonly announcedBytes: number,
  ) {}

  /** Starts the fingerprint of a request's body, before any of it has arrived. */
  static begin(request: IncomingMessage): BodyContent {
    const { headers } = request;
    const content = new BodyContent(
      headers['idempotency-key'] === undefined ? MAX_FINGERPRINTED_BYTES : Number.POSITIVE_INFINITY,
      headers['content-encoding'] === undefined ? Number(headers['content-length']) : Number.NaN,
    );
    (request as WithContent)[CONTENT] = content;
    return content;
  }

  /** @param chunk with any Content-Encoding removed */
  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) {
      this.partial = undefined;
    } else if (chunk.length === this.announcedBytes) {
      // Nearly every body arrives in one piece. Hashing it in one call takes a fifth of the time.
      this.known = hash('sha256', chunk);
    } else {
      this.partial ??= createHash('sha256');
      this.partial.update(chunk);
    }
  }

  /** The hash of the body's bytes, in hex; undefined if the body was too long. */
  fingerprint(): string | undefined {
    if (this.bytes > this.maxBytes) {
      return undefined;
    }
    this.known ??= (this.partial ?? createHash('sha256')).digest('hex');
    return this.known;
  }
}

/**
 * The fingerprint of a request's body: equal for equal JSON bytes, or for equal names, values and
 * files of a form, whose boundary and order differ between attempts. Undefined if it is no longer
 * known.
 *
 * @param body as its guard read it
 */
export async function bodyFingerprint(request: {
  readonly body?: unknown;
}): Promise<string | undefined> {
  const { body } = request;
  return body instanceof MultipartForm
    ? formFingerprint(body)
    : (request as WithContent)[CONTENT]?.fingerprint();
}

/**
 * Whether a body is short enough to be fingerprinted without an Idempotency-Key, so that a client's
 * retry is recognised.
 */
export function isShortBody({ body }: { readonly body?: unknown }): boolean {
  return !(body instanceof MultipartForm) || formBytes(body) <= MAX_FINGERPRINTED_BYTES;
}

function formBytes({ fields, files }: MultipartForm): number {
  const texts = fields.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
  return files.reduce((sum, { bytes }) => {
    const encoded = base64Of(bytes);
    const length = bytes.reduce((total, slice) => total + slice.length, 0);
    return sum + (encoded === undefined ? length : (encoded.byteLength / 4) * 3);
  }, texts);
}

async function formFingerprint({ fields, files }: MultipartForm): Promise<string> {
  const parts: (readonly [string, string])[] = fields.map(({ name, value }) => [
    name,
    hash('sha256', `field:${value}`),
  ]);
  for (const { name, bytes } of files) {
    const encoded = base64Of(bytes);
    const pieces = encoded === undefined ? bytes : decodedPieces(encoded, NEVER);
    parts.push([name, `file:${await hashOf(pieces)}`]);
  }
  // Entries of the same name keep their order, which has a meaning in a list of files.
  parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return hash('sha256', JSON.stringify(parts));
}

const NEVER = new AbortController().signal;

async function hashOf(chunks: Iterable<Buffer>): Promise<string> {
  const whole = createHash('sha256');
  let sinceTurn = 0;
  for (const chunk of chunks) {
    if (sinceTurn >= BYTES_PER_TURN) {
      await nextTurn();
      sinceTurn = 0;
    }
    whole.update(chunk);
    sinceTurn += chunk.length;
  }
  return whole.digest('hex');
}
