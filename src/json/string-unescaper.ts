import { BlobJsonError } from './blob-json.error';
import { hasControlCharacter } from './control-characters';
import { JsonBlob } from './json-blob';
import { SliceList } from './slice-list';

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LETTER_U = 0x75;
const REPLACEMENT = 0xfffd;

/** The meaning of the byte after a backslash. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map(
  [
    ['"', '"'],
    ['\\', '\\'],
    ['/', '/'],
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ].map(([letter = '', meaning = '']) => [letter.charCodeAt(0), meaning.charCodeAt(0)]),
);

/**
 * How far an escape has been read: not begun, the backslash, or `digits` of its four hex digits.
 */
type Escape = 'none' | 'begun' | { readonly digits: number; readonly unit: number };

/**
 * Unescapes the raw bytes between two quotes, slice by slice as they arrive, so that no string is
 * long enough to block the event loop. A slice without a backslash is passed through unchanged.
 * Google may write `=` as `\u003d` and `/` as `\/`, even in base64. An unpaired surrogate, which
 * JSON allows and UTF-8 cannot express, becomes U+FFFD.
 *
 * @throws BlobJsonError `malformed` for what `JSON.parse` also rejects; control characters are
 * checked unless `allowControls` is set.
 */
export class StringUnescaper {
  private readonly slices = new SliceList();
  private escape: Escape = 'none';
  private highSurrogate: number | undefined;
  private escapeFree = true;

  constructor(private readonly allowControls: boolean) {}

  push(slice: Buffer): void {
    if (!this.allowControls && hasControlCharacter(slice)) {
      throw new BlobJsonError('malformed');
    }
    let at = 0;
    while (at < slice.length) {
      if (this.escape !== 'none') {
        this.escape = this.readEscape(this.escape, slice[at] ?? 0);
        at += 1;
        continue;
      }
      const backslash = slice.indexOf(BACKSLASH, at);
      const end = backslash === -1 ? slice.length : backslash;
      if (end > at) {
        this.dropSurrogate();
        this.slices.add(slice.subarray(at, end));
      }
      this.escape = backslash === -1 ? 'none' : 'begun';
      at = end + 1;
    }
  }

  finish(): JsonBlob {
    if (this.escape !== 'none') {
      throw new BlobJsonError('malformed');
    }
    this.dropSurrogate();
    return new JsonBlob(this.slices.slices(), this.escapeFree);
  }

  private readEscape(escape: Exclude<Escape, 'none'>, byte: number): Escape {
    if (escape === 'begun') {
      if (byte === LETTER_U) {
        return { digits: 0, unit: 0 };
      }
      this.addUnit(SHORT_ESCAPES.get(byte) ?? malformed());
      return 'none';
    }
    const unit = escape.unit * 16 + hexDigit(byte);
    if (escape.digits < 3) {
      return { digits: escape.digits + 1, unit };
    }
    this.addUnit(unit);
    return 'none';
  }

  /** Adds one UTF-16 unit; the two halves of a surrogate pair are two escapes. */
  private addUnit(unit: number): void {
    if (unit >= 0xdc00 && unit <= 0xdfff && this.highSurrogate !== undefined) {
      const point = 0x10000 + ((this.highSurrogate - 0xd800) << 10) + (unit - 0xdc00);
      this.highSurrogate = undefined;
      this.addCodePoint(point);
      return;
    }
    this.dropSurrogate();
    if (unit >= 0xd800 && unit <= 0xdbff) {
      this.highSurrogate = unit;
    } else {
      this.addCodePoint(unit >= 0xdc00 && unit <= 0xdfff ? REPLACEMENT : unit);
    }
  }

  private addCodePoint(point: number): void {
    if (point < 0x80) {
      this.escapeFree &&= point >= 0x20 && point !== QUOTE && point !== BACKSLASH;
      this.slices.addByte(point);
    } else {
      this.slices.add(Buffer.from(String.fromCodePoint(point)));
    }
  }

  private dropSurrogate(): void {
    if (this.highSurrogate !== undefined) {
      this.highSurrogate = undefined;
      this.addCodePoint(REPLACEMENT);
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : malformed();
}

function malformed(): never {
  throw new BlobJsonError('malformed');
}
