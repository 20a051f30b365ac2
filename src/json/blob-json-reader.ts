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
  /**
   * Strings of more bytes than this, as written between their quotes, become blobs. Default 1024.
   */
  readonly blobThresholdBytes?: number;
  /** The maximum size of the whole document, in bytes. */
  readonly maxBytes: number;
  /** The maximum size of what remains without the long strings, in bytes. Default 1 MiB. */
  readonly maxSkeletonBytes?: number;
  /**
   * The maximum nesting depth. Default: unlimited. Nesting costs several times as much as other
   * content of the same size.
   */
  readonly maxDepth?: number;
  /**
   * The maximum number of brackets and commas in what remains, including those in short strings:
   * they, rather than its length, determine how long it takes to parse and to walk through.
   * Default: unlimited.
   */
  readonly maxSkeletonNodes?: number;
  /**
   * Assume that long strings contain no control characters, which JSON forbids. Searching for them
   * takes longer than everything else (2.5 ms for each 16 MB), so the check can be skipped if the
   * sender writes JSON with a library. Default false.
   */
  readonly allowControls?: boolean;
  /**
   * Reject a document whose structure and short strings are not UTF-8, instead of replacing each
   * faulty byte with U+FFFD. Long strings are not checked. Default false.
   */
  readonly strictUtf8?: boolean;
}

/**
 * Reads one JSON document from chunks as they arrive, into the value that `JSON.parse` would
 * return, but with a JsonBlob in place of every long string. It skips from quote to quote, cuts
 * long strings out as slices of the chunks, leaves a token in their place, and passes the small
 * remainder (the skeleton) to `JSON.parse`. So nothing depends on the order of keys, on white space
 * or on chunk boundaries.
 *
 * The chunks are kept, not copied, and must not be modified afterwards. Members with a key longer
 * than the threshold are left out. A reader that has thrown must not be used again.
 */
export class BlobJsonReader {
  private readonly rules: StringRules;
  private readonly maxBytes: number;
  private readonly maxSkeletonBytes: number;
  private readonly maxSkeletonNodes: number;
  private readonly strictUtf8: boolean;
  private readonly maxDepth: number | undefined;

  private readonly skeleton = new SliceList();
  private readonly blobs = new Map<string, JsonBlob>();
  private readonly longStrings: LongString[] = [];
  /**
   * Makes tokens impossible to forge: it is random for each document and never leaves the reader.
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
    this.maxSkeletonNodes = options.maxSkeletonNodes ?? Number.POSITIVE_INFINITY;
    this.strictUtf8 = options.strictUtf8 ?? false;
    this.maxDepth = options.maxDepth;
  }

  /**
   * @throws BlobJsonError as soon as the document exceeds a limit or a long string is malformed.
   */
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
   * @throws BlobJsonError `truncated` if something is still open at the end (or nothing arrived),
   * `structure_too_large` for too many nodes, `not_utf8` and `too_deep` if those checks are on,
   * otherwise `malformed`.
   */
  end(): unknown {
    if (this.open !== undefined) {
      throw new BlobJsonError('truncated');
    }
    const skeleton = Buffer.concat(this.skeleton.slices());
    if (hasMoreNodes(skeleton, this.maxSkeletonNodes)) {
      throw new BlobJsonError('structure_too_large');
    }
    if (this.strictUtf8 && !isUtf8(skeleton)) {
      throw new BlobJsonError('not_utf8');
    }
    const text = skeletonText(skeleton);
    if (this.maxDepth !== undefined && isDeeperThan(text, this.maxDepth)) {
      throw new BlobJsonError('too_deep');
    }
    return parseSkeleton(text, this.blobs);
  }

  /** Where the document stops being valid JSON, if that can be determined. */
  get faultPosition(): JsonPosition | undefined {
    return faultPosition({
      skeleton: skeletonText(Buffer.concat(this.skeleton.slices())),
      isInString: this.open !== undefined,
      nonce: this.nonce,
      longStrings: this.longStrings,
    });
  }

  /**
   * Continues reading a string from `start` to its closing quote at `end`, or to the end of the
   * chunk (-1).
   */
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

const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

function hasMoreNodes(skeleton: Buffer, max: number): boolean {
  if (skeleton.length <= max) {
    return false;
  }
  let nodes = 0;
  for (const byte of skeleton) {
    if (byte === COMMA || byte === OPENING_BRACKET || byte === OPENING_BRACE) {
      nodes += 1;
    }
  }
  return nodes > max;
}

/**
 * The end of the string that is open at `start`, or -1. `escaped`: whether its first byte is
 * escaped.
 */
function closingQuote(chunk: Buffer, start: number, escaped: boolean): number {
  let quote = chunk.indexOf(QUOTE, start);
  while (quote !== -1 && isEscaped(chunk, quote, start, escaped)) {
    quote = chunk.indexOf(QUOTE, quote + 1);
  }
  return quote;
}

/**
 * Whether an odd number of backslashes precedes `at`, counting back to `start` and the state before
 * it.
 */
function isEscaped(chunk: Buffer, at: number, start: number, startIsEscaped: boolean): boolean {
  let runStart = at;
  while (runStart > start && chunk[runStart - 1] === BACKSLASH) {
    runStart -= 1;
  }
  const odd = (at - runStart) % 2 === 1;
  return runStart === start && startIsEscaped ? !odd : odd;
}
