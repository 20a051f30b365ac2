import { inspect } from 'node:util';
import { hasControlCharacter } from './control-characters';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The content of one long JSON string, unescaped, as UTF-8, usually an image's base64. It is a list
 * of slices of the chunks that it arrived in. They are never joined on the way through, because one
 * copy of a 16 MB image costs more than all the parsing around it. The slices share memory with the
 * chunks and must not be modified.
 */
export class JsonBlob {
  readonly byteLength: number;
  private knownEscapeFree: boolean | undefined;
  private joined: readonly JsonBlob[] | undefined;

  /**
   * `escapeFree` says whether the bytes can stand between the quotes of a JSON string unchanged. If
   * it is omitted, the first use determines it, in one pass.
   */
  constructor(
    readonly chunks: readonly Buffer[],
    escapeFree?: boolean,
  ) {
    this.byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.knownEscapeFree = escapeFree;
  }

  /** A blob of bytes that are known to be UTF-8. */
  static from(bytes: Buffer | readonly Buffer[]): JsonBlob {
    return new JsonBlob(Buffer.isBuffer(bytes) ? [bytes] : bytes);
  }

  /**
   * Concatenates blobs. Each is still written separately, so a line break in a sentence does not
   * force escaping of the image that follows.
   */
  static join(blobs: readonly JsonBlob[]): JsonBlob {
    const whole = new JsonBlob(blobs.flatMap(({ chunks }) => chunks));
    whole.joined = blobs;
    return whole;
  }

  /** The blobs that it was joined from, or the blob itself. */
  get parts(): readonly JsonBlob[] {
    return this.joined?.flatMap(({ parts }) => parts) ?? [this];
  }

  /** Whether no byte is a quote, a backslash or a control character. */
  get escapeFree(): boolean {
    this.knownEscapeFree ??=
      this.joined === undefined
        ? this.chunks.every(isEscapeFree)
        : this.joined.every(({ escapeFree }) => escapeFree);
    return this.knownEscapeFree;
  }

  /** The same content after a short prefix, for a data URI; the bytes are shared. */
  withPrefix(prefix: string): JsonBlob {
    const head = Buffer.from(prefix);
    const escapeFree = isEscapeFree(head) ? this.knownEscapeFree : false;
    return new JsonBlob([head, ...this.chunks], escapeFree);
  }

  /** The content from this offset on; the bytes are shared. */
  from(start: number): JsonBlob {
    return this.slice(start, this.byteLength);
  }

  /** The content from `start` to `end`; the bytes are shared. */
  slice(start: number, end: number): JsonBlob {
    const kept: Buffer[] = [];
    let offset = 0;
    for (const chunk of this.chunks) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, chunk.length);
      if (from < to) {
        kept.push(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to));
      }
      offset += chunk.length;
    }
    return new JsonBlob(kept, this.knownEscapeFree === true ? true : undefined);
  }

  /** The bytes from `start` to `end`, fewer if the blob ends earlier. For short ranges. */
  window(start: number, end: number): Buffer {
    const pieces: Buffer[] = [];
    let offset = 0;
    for (const chunk of this.chunks) {
      if (offset >= end) {
        break;
      }
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, chunk.length);
      if (from < to) {
        pieces.push(chunk.subarray(from, to));
      }
      offset += chunk.length;
    }
    return join(pieces);
  }

  /** All bytes in one buffer. It copies everything, so use it only where slices do not work. */
  toBuffer(): Buffer {
    return join(this.chunks);
  }

  /**
   * The content as a string, for text that happens to be long. Bytes that are not UTF-8 become
   * U+FFFD.
   */
  toText(): string {
    return this.toBuffer().toString('utf8');
  }

  /** Prevents an image from being written as a string: only `serialiseBlobJson` writes blobs. */
  toJSON(): never {
    throw new TypeError('A JsonBlob is written by serialiseBlobJson, not by JSON.stringify');
  }

  toString(): string {
    return `JsonBlob(${this.byteLength} bytes)`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

function isEscapeFree(bytes: Buffer): boolean {
  return !bytes.includes(QUOTE) && !bytes.includes(BACKSLASH) && !hasControlCharacter(bytes);
}

function join(pieces: readonly Buffer[]): Buffer {
  const [only, ...others] = pieces;
  return only !== undefined && others.length === 0 ? only : Buffer.concat(pieces);
}
