import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { BlobJsonError } from './blob-json.error';
import { JsonBlob } from './json-blob';
import { faultPosition, type JsonPosition, type LongString } from './json-position';
import type { StringRules } from './open-string';
import { OpenString } from './open-string';
import { isDeeperThan, parseSkeleton, skeletonText } from './skeleton';
import { SliceList } from './slice-list';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface BlobJsonReaderOptions {
  /** Strings of more bytes than this, as written between their quotes, become blobs. Default 1024. */
  readonly blobThresholdBytes?: number;
  /** The maximum size of the whole document, in bytes. */
  readonly maxBytes: number;
  /** The maximum size of what remains without the long strings, in bytes. Default 1 MiB. */
  readonly maxSkeletonBytes?: number;
  /** How deep it may be nested. Default: as deep as it likes. A nest costs several times what as much of anything else does. */
  readonly maxDepth?: number;
  /**
   * Assume that long strings have no control characters, which JSON forbids. Looking for them takes
   * longer than everything else (2.5 ms for each 16 MB), so the check may be left out if the sender
   * writes JSON with a library. Default false.
   */
  readonly allowControls?: boolean;
  /**
   * Refuse a document whose structure and short strings are not UTF-8, instead of putting U+FFFD
   * for each faulty byte. Long strings are not checked. Default false.
   */
  readonly strictUtf8?: boolean;
}

/**
 * Reads one JSON document from chunks as they arrive, into the value that `JSON.parse` would
 * return, but with a JsonBlob in place of every long string. It skips from quote to quote, cuts
 * long strings out as slices of the chunks, leaves a token in their place, and passes the small
 * rest to `JSON.parse`. So nothing depends on the order of keys, on white space or on where chunks
 * end.
 *
 * The chunks are kept, not copied, and must not be written to afterwards. Members with a key longer
 * than the threshold are left out. A reader that has thrown must not be used again.
 */
export class BlobJsonReader {
  private readonly rules: StringRules;
  private readonly maxBytes: number;
  private readonly maxSkeletonBytes: number;
  private readonly strictUtf8: boolean;
  private readonly maxDepth: number | undefined;

  private readonly skeleton = new SliceList();
  private readonly blobs = new Map<string, JsonBlob>();
  private readonly longStrings: LongString[] = [];
  /**
   * Makes tokens impossible to forge, because it is random for each document and never leaves the
   * reader.
   */
  private readonly nonce = randomUUID();
  private open: OpenString | undefined;
  private bytes = 0;

  constructor(options: BlobJsonReaderOptions) {
    this.rules = {
      blobThresholdBytes: options.blobThresholdBytes ?? 1024,
      allowControls: options.allowControls ?? false,
    };
    this.maxBytes = options.maxBytes;
    this.maxSkeletonBytes = options.maxSkeletonBytes ?? 1024 * 1024;
    this.strictUtf8 = options.strictUtf8 ?? false;
    this.maxDepth = options.maxDepth;
  }

  /** @throws BlobJsonError as soon as the document is over a limit or a long string is malformed. */
  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) {
      throw new BlobJsonError('too_large');
    }
    let kept = 0;
    let at = 0;
    if (this.open !== undefined) {
      const end = closingQuote(chunk, 0, this.open.escaped);
      this.readString(this.open, chunk, 0, end);
      if (end === -1) {
        return;
      }
      kept = end;
      at = end + 1;
    }
    for (let quote = chunk.indexOf(QUOTE, at); quote !== -1; quote = chunk.indexOf(QUOTE, at)) {
      const start = quote + 1;
      const end = closingQuote(chunk, start, false);
      if (end === -1 || end - start > this.rules.blobThresholdBytes) {
        this.keep(chunk.subarray(kept, start));
        this.readString(new OpenString(this.rules), chunk, start, end);
        kept = end;
      }
      if (end === -1) {
        return;
      }
      at = end + 1;
    }
    this.keep(chunk.subarray(kept));
  }

  /**
   * The document's value.
   *
   * @throws BlobJsonError `truncated` where something is still open at the end (or nothing came at
   * all), `not_utf8` and `too_deep` where that is asked for, else `malformed`.
   */
  end(): unknown {
    if (this.open !== undefined) {
      throw new BlobJsonError('truncated');
    }
    const skeleton = Buffer.concat(this.skeleton.slices());
    if (this.strictUtf8 && !isUtf8(skeleton)) {
      throw new BlobJsonError('not_utf8');
    }
    const text = skeletonText(skeleton);
    if (this.maxDepth !== undefined && isDeeperThan(text, this.maxDepth)) {
      throw new BlobJsonError('too_deep');
    }
    return parseSkeleton(text, this.blobs);
  }

  /** Where the unreadable document stops being JSON, if that can be found. */
  get faultPosition(): JsonPosition | undefined {
    return faultPosition({
      skeleton: skeletonText(Buffer.concat(this.skeleton.slices())),
      isInString: this.open !== undefined,
      nonce: this.nonce,
      longStrings: this.longStrings,
    });
  }

  /** Reads a string on from `start` to its closing quote at `end`, or to the end of the chunk (-1). */
  private readString(string: OpenString, chunk: Buffer, start: number, end: number): void {
    this.open = string;
    if (end === -1) {
      string.add(chunk.subarray(start));
      string.escaped = isEscaped(chunk, chunk.length, start, string.escaped);
      return;
    }
    string.add(chunk.subarray(start, end));
    const content = string.finish();
    this.open = undefined;
    if (content instanceof JsonBlob) {
      const token = `${this.nonce}:${this.blobs.size}`;
      this.blobs.set(token, content);
      this.longStrings.push({ blob: content, writtenBytes: string.writtenBytes });
      this.keep(Buffer.from(token));
    } else {
      content.forEach((piece) => {
        this.keep(piece);
      });
    }
  }

  private keep(piece: Buffer): void {
    this.skeleton.add(piece);
    if (this.skeleton.byteLength > this.maxSkeletonBytes) {
      throw new BlobJsonError('structure_too_large');
    }
  }
}

/** Reads a document whose chunks have all arrived. Its size is known, so `maxBytes` is optional. */
export function parseBlobJson(
  chunks: Iterable<Buffer>,
  options: Partial<BlobJsonReaderOptions> = {},
): unknown {
  const reader = new BlobJsonReader({ maxBytes: Number.POSITIVE_INFINITY, ...options });
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  return reader.end();
}

/** Where the string that is open at `start` ends, or -1. `escaped`: whether its first byte is. */
function closingQuote(chunk: Buffer, start: number, escaped: boolean): number {
  let quote = chunk.indexOf(QUOTE, start);
  while (quote !== -1 && isEscaped(chunk, quote, start, escaped)) {
    quote = chunk.indexOf(QUOTE, quote + 1);
  }
  return quote;
}

/** Whether an odd run of backslashes ends before `at`, counted back to `start` and what was before it. */
function isEscaped(chunk: Buffer, at: number, start: number, startIsEscaped: boolean): boolean {
  let runStart = at;
  while (runStart > start && chunk[runStart - 1] === BACKSLASH) {
    runStart -= 1;
  }
  const odd = (at - runStart) % 2 === 1;
  return runStart === start && startIsEscaped ? !odd : odd;
}
