import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';

const LF = 0x0a;
const LINE_END = Buffer.from('\n');
const DATA_FIELD = 'data:';

/** What may stand before the first line of an event stream, and is no part of it. */
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Data that is no event: heartbeats are blank, and OpenAI's streams, which proxies copy, end so. */
const NO_EVENT: readonly string[] = ['', '[DONE]'];

/** More data than this, in bytes, is never one of those; JSON will say what it is. */
const LONGEST_NO_EVENT = 64;

/** How a comment or a field may begin, known or not; a page in HTML, or a sentence, does not. */
const STREAM_LINE = /^([a-z_-]*(:|\r|$)|[a-z_-]{5})/;

/** What the line at hand is, as far as it has come. */
type Line =
  /** Not enough of it is there to tell. */
  | 'unknown'
  | 'data'
  /** A comment, or a field that says nothing here. */
  | 'other'
  /** No line of an event stream, but JSON as it is. */
  | 'document';

/**
 * Reads server-sent events whose data is JSON from chunks, as they come, each into a value with
 * JsonBlobs for its long strings. Lines end in LF or CRLF and are never joined: an image is a single
 * line of up to 25 MB. A CR is white space to JSON, and so is the space after the colon, so neither
 * is looked for.
 *
 * A line that begins like JSON where a field's name should stand is a document that lasts to the
 * end: Google writes errors so on its event streams, alone or in an array.
 */
export class SseJsonReader {
  private line: Line = 'unknown';
  /** The first characters of a line that is still unknown. */
  private lineStart = '';
  private event: EventData | undefined;
  private bytes = 0;
  private hadEvent = false;
  /** Whether a line was none of an event stream, as all of a proxy's page are. */
  private hadForeignLine = false;
  /** How much of a byte order mark may still come; only the first bytes can be one. */
  private markLeft = BYTE_ORDER_MARK.length;

  /** @param maxBytes the whole stream, at most */
  constructor(private readonly maxBytes: number) {}

  /**
   * The events that this chunk completes; the items of an array are events of their own. Each is
   * given before what follows is read, which may be broken: an image that came is worth having.
   *
   * @throws BlobJsonError for a stream over its limit, or an event that is not JSON
   */
  *push(chunk: Buffer): Generator<unknown, void> {
    const allowed = chunk.subarray(0, this.maxBytes - this.bytes);
    this.bytes += allowed.length;
    let at = this.skipMark(allowed);
    while (at < allowed.length) {
      this.recognise(allowed, at);
      const end = this.line === 'document' ? -1 : allowed.indexOf(LF, at);
      this.addToLine(allowed.subarray(at, end === -1 ? allowed.length : end));
      if (end === -1) {
        break;
      }
      yield* this.endLine();
      at = end + 1;
    }
    if (allowed.length < chunk.length) {
      throw new BlobJsonError('too_large');
    }
  }

  /** Whether a part of an event has come. */
  get isInEvent(): boolean {
    return this.event !== undefined || this.lineStart !== '';
  }

  /**
   * The event, if any, that no blank line has ended.
   *
   * @throws BlobJsonError `truncated` where it is only the beginning of one, `malformed` where there was
   * text, but not one event
   */
  end(): readonly unknown[] {
    const events = [...this.endLine(), ...this.endEvent()];
    if (this.hadForeignLine && !this.hadEvent) {
      throw new BlobJsonError('malformed');
    }
    return events;
  }

  /** Where the chunk goes on behind a byte order mark, which may be cut like anything else. */
  private skipMark(chunk: Buffer): number {
    let at = 0;
    while (this.markLeft > 0 && at < chunk.length) {
      if (chunk[at] !== BYTE_ORDER_MARK.at(-this.markLeft)) {
        this.markLeft = 0;
        break;
      }
      this.markLeft -= 1;
      at += 1;
    }
    return at;
  }

  /** Tells JSON by its first character, at the beginning of a line and outside of an event. */
  private recognise(chunk: Buffer, at: number): void {
    if (this.line === 'unknown' && this.lineStart === '' && this.event === undefined) {
      const first = chunk.toString('latin1', at, at + 1);
      if (first === '{' || first === '[') {
        this.line = 'document';
      }
    }
  }

  private addToLine(piece: Buffer): void {
    let rest = piece;
    if (this.line === 'unknown') {
      const missing = DATA_FIELD.length - this.lineStart.length;
      this.lineStart += piece.toString('latin1', 0, missing);
      if (this.lineStart.length < DATA_FIELD.length) {
        return;
      }
      this.line = this.lineStart === DATA_FIELD ? 'data' : 'other';
      rest = piece.subarray(missing);
    }
    if (this.line !== 'other') {
      this.event ??= new EventData(this.maxBytes);
      this.event.push(rest);
    }
  }

  private endLine(): readonly unknown[] {
    const isBlank = this.line === 'unknown' && ['', '\r'].includes(this.lineStart);
    if (this.line === 'data') {
      // Further lines of data belong to the same event.
      this.event?.push(LINE_END);
    } else if (this.line !== 'document' && !isBlank && !STREAM_LINE.test(this.lineStart)) {
      this.hadForeignLine = true;
    }
    this.line = 'unknown';
    this.lineStart = '';
    return isBlank ? this.endEvent() : [];
  }

  private endEvent(): readonly unknown[] {
    const { event } = this;
    this.event = undefined;
    const events = event?.end() ?? [];
    this.hadEvent ||= events.length > 0;
    return events;
  }
}

/** The data of one event, or a document. */
class EventData {
  private readonly json: BlobJsonReader;
  /** All of it, as long as it is short. */
  private text = '';
  private bytes = 0;

  constructor(maxBytes: number) {
    this.json = new BlobJsonReader({ maxBytes });
  }

  push(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes <= LONGEST_NO_EVENT) {
      this.text += piece.toString('latin1');
    }
    this.json.push(piece);
  }

  end(): readonly unknown[] {
    if (this.bytes <= LONGEST_NO_EVENT && NO_EVENT.includes(this.text.trim())) {
      return [];
    }
    const value = this.json.end();
    return Array.isArray(value) ? (value as unknown[]) : [value];
  }
}
