import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';

const LF = 0x0a;
const LINE_END = Buffer.from('\n');
const DATA_FIELD = 'data:';

/** May precede the first line of an event stream, and is not part of it. */
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Data that is not an event: heartbeats are blank, and OpenAI's streams, which proxies imitate, end
 * with `[DONE]`.
 */
const NO_EVENT: readonly string[] = ['', '[DONE]'];

/** Longer data, in bytes, cannot be one of those; the JSON parser decides what it is. */
const MAX_NON_EVENT_BYTES = 64;

/** How a comment or field, known or unknown, may begin; an HTML page or a sentence does not. */
const STREAM_LINE = /^([a-z_-]*(:|\r|$)|[a-z_-]{5})/;

/** The kind of the current line, as far as it has arrived. */
type Line =
  /** Too little has arrived to tell. */
  | 'unknown'
  | 'data'
  /** A comment, or a field without a meaning here. */
  | 'other'
  /** Not a line of an event stream, but plain JSON. */
  | 'document';

/**
 * Parses server-sent events with JSON data from chunks, as they arrive, into values with JsonBlobs
 * for long strings. Lines end in LF or CRLF and are never joined: an image is a single line of up
 * to 25 MB. A CR is white space in JSON, and so is the space after the colon, so neither needs
 * special treatment.
 *
 * A line that begins like JSON where a field name is expected starts a document that extends to the
 * end: Google writes errors that way on its event streams, alone or in an array.
 */
export class SseJsonReader {
  private line: Line = 'unknown';
  /** The first characters of a line whose kind is still unknown. */
  private lineStart = '';
  private event: EventData | undefined;
  private bytes = 0;
  private hadEvent = false;
  /** Whether a line did not belong to an event stream, as in a proxy's error page. */
  private hadForeignLine = false;
  /** How much of a byte order mark may still arrive; only the first bytes can be one. */
  private markLeft = BYTE_ORDER_MARK.length;

  /** @param maxBytes the maximum size of the whole stream */
  constructor(private readonly maxBytes: number) {}

  /**
   * The events that this chunk completes; the items of an array are separate events. Each is
   * yielded before what follows is parsed, which may be broken: an image that has arrived is worth
   * having.
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

  /** Whether an event has arrived in part. */
  get isInEvent(): boolean {
    return this.event !== undefined || this.lineStart !== '';
  }

  /**
   * The last event, if no blank line has ended it.
   *
   * @throws BlobJsonError `truncated` if it is incomplete, `malformed` if there was text but no
   * event
   */
  end(): readonly unknown[] {
    const events = [...this.endLine(), ...this.endEvent()];
    if (this.hadForeignLine && !this.hadEvent) {
      throw new BlobJsonError('malformed');
    }
    return events;
  }

  /** The offset after a byte order mark, which may be split across chunks like anything else. */
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

  /** Recognises JSON by its first character, at the beginning of a line and outside an event. */
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
      // Further data lines belong to the same event.
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
  /** The data itself, as long as it is short. */
  private text = '';
  private bytes = 0;

  constructor(maxBytes: number) {
    this.json = new BlobJsonReader({ maxBytes });
  }

  push(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes <= MAX_NON_EVENT_BYTES) {
      this.text += piece.toString('latin1');
    }
    this.json.push(piece);
  }

  end(): readonly unknown[] {
    if (this.bytes <= MAX_NON_EVENT_BYTES && NO_EVENT.includes(this.text.trim())) {
      return [];
    }
    const value = this.json.end();
    return Array.isArray(value) ? (value as unknown[]) : [value];
  }
}
