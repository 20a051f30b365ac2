import type { JsonBlob } from '../json/json-blob';
import { BlobCursor } from './blob-cursor';

/** A piece of a text: words, or the URL of a markdown image. */
export type MarkdownPiece = { readonly words: JsonBlob } | { readonly url: JsonBlob };

const BANG = 0x21;
const CLOSING_PARENTHESIS = 0x29;
const OPENING_PARENTHESIS = 0x28;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** No server accepts a longer URL; a data URI has no such limit. */
const MAX_URL_BYTES = 8192;
/**
 * The maximum length of white space and a title between the end of a data URI and the parenthesis.
 */
const MAX_TITLE_LENGTH = 256;

/**
 * What an image counts towards the limit of words, so that thousands of tiny ones are limited as
 * well.
 */
const BYTES_OF_MARKUP = 64;

/** The position of an image in a text, in bytes. */
interface ImagePlace {
  /** The position of the `!`. */
  readonly start: number;
  /** The position after the parenthesis. */
  readonly end: number;
  readonly url: readonly [start: number, end: number];
}

/**
 * Splits markdown images with `data:`, `http:` and `https:` URLs off a text. Relative URLs, which
 * only their program can resolve, stay in the text. The bytes are shared and read once from start
 * to end: a data URI of megabytes is one search for its end.
 *
 * @param maxWords how many bytes of words to search; the rest stays text
 */
export function splitMarkdownImages(text: JsonBlob, maxWords: number): readonly MarkdownPiece[] {
  const pieces: MarkdownPiece[] = [];
  const addWords = (start: number, end: number): void => {
    if (end > start) {
      pieces.push({ words: text.slice(start, end) });
    }
  };
  let at = 0;
  let words = 0;
  const finder = new ImageFinder(text);
  for (
    let image = finder.next(maxWords);
    image !== undefined;
    image = finder.next(maxWords - words)
  ) {
    addWords(at, image.start);
    words += image.start - at + BYTES_OF_MARKUP;
    pieces.push({ url: text.slice(...image.url) });
    at = image.end;
  }
  addWords(at, text.byteLength);
  return pieces;
}

class ImageFinder {
  private readonly brackets: BlobCursor;
  private readonly bangs: BlobCursor;
  /** The earliest position of the next image. */
  private from = 0;
  /** The next `!` that has not been examined; -1 if there is none. */
  private bang: number;

  constructor(private readonly text: JsonBlob) {
    this.brackets = new BlobCursor(text);
    this.bangs = new BlobCursor(text);
    this.bang = this.bangs.indexOf(BANG, 0);
  }

  /** The next image that begins within this many bytes. */
  next(within: number): ImagePlace | undefined {
    const limit = this.from + within;
    let searchFrom = this.from;
    while (this.bang !== -1) {
      const bracket = this.brackets.indexOf(CLOSING_BRACKET, searchFrom);
      if (bracket === -1 || bracket >= limit) {
        return undefined;
      }
      searchFrom = bracket + 1;
      if (this.brackets.byteAt(bracket + 1) !== OPENING_PARENTHESIS) {
        continue;
      }
      searchFrom = bracket + 2;
      const start = this.lastStartBefore(bracket);
      const url = start === undefined ? undefined : this.urlBehind(bracket + 2);
      if (url === 'unclosed') {
        return undefined;
      }
      if (start !== undefined && url !== undefined) {
        this.from = url.end;
        this.skipBangs(url.end);
        return { start, ...url };
      }
    }
    return undefined;
  }

  /**
   * The position of the last `![` before a bracket: if one start of an image is within the text of
   * another, the inner one is the real one.
   */
  private lastStartBefore(bracket: number): number | undefined {
    let start: number | undefined;
    while (this.bang !== -1 && this.bang < bracket) {
      if (this.bangs.byteAt(this.bang + 1) === OPENING_BRACKET && this.bang >= this.from) {
        start = this.bang;
      }
      this.bang = this.bangs.indexOf(BANG, this.bang + 1);
    }
    return start;
  }

  private skipBangs(end: number): void {
    if (this.bang !== -1 && this.bang < end) {
      this.bang = this.bangs.indexOf(BANG, end);
    }
  }

  /** @returns `unclosed` if no further parenthesis follows, so that no image can */
  private urlBehind(start: number): Pick<ImagePlace, 'url' | 'end'> | 'unclosed' | undefined {
    const head = this.brackets.window(start, 64).toString('latin1');
    const [, before = '', scheme = ''] = /^(\s*<?)(data:|https?:\/\/)/i.exec(head) ?? [];
    if (scheme === '') {
      return undefined;
    }
    const from = start + before.length;
    return scheme.toLowerCase() === 'data:' ? this.dataUri(from) : this.webUrl(from);
  }

  /** The characters of a data URI include no parenthesis. */
  private dataUri(start: number): Pick<ImagePlace, 'url' | 'end'> | 'unclosed' {
    const close = this.brackets.indexOf(CLOSING_PARENTHESIS, start);
    if (close === -1) {
      return 'unclosed';
    }
    const tailStart = Math.max(start, close - MAX_TITLE_LENGTH);
    const tail = this.text.window(tailStart, close).toString('latin1');
    const [behind = ''] = /(?:>\s*|\s+)(?:"[^"]*"|'[^']*')?\s*$|>$/.exec(tail) ?? [];
    return { url: [start, close - behind.length], end: close + 1 };
  }

  /** A web URL may contain pairs of parentheses. */
  private webUrl(start: number): Pick<ImagePlace, 'url' | 'end'> | undefined {
    const text = this.brackets.window(start, MAX_URL_BYTES + MAX_TITLE_LENGTH).toString('latin1');
    const [url = ''] = /^(?:[^\s()<>]|\([^\s()<>]*\))*/.exec(text) ?? [];
    const [behind] = /^>?\s*(?:"[^"]*"|'[^']*')?\s*\)/.exec(text.slice(url.length)) ?? [];
    if (behind === undefined || url.length > MAX_URL_BYTES) {
      return undefined;
    }
    const end = start + url.length;
    return { url: [start, end], end: end + behind.length };
  }
}
