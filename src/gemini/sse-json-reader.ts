import { BlobJsonError } from '../json/blob-json.error';
import { BlobJsonReader } from '../json/blob-json-reader';

const LF = 0x0a;
const LINE_END = Buffer.from('\n');
const DATA_FIELD = 'data:';

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
  private event: BlobJsonReader | undefined;
  private bytes = 0;

  /** @param maxBytes the whole stream, at most */
  constructor(private readonly maxBytes: number) {}

  /**
   * The events that this chunk completes; the items of an array are events of their own.
   *
   * @throws BlobJsonError for a stream over its limit, or an event that is not JSON
   */
  push(chunk: Buffer): readonly unknown[] {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) {
      throw new BlobJsonError('too_large');
    }
    const events: unknown[] = [];
    let at = 0;
    while (at < chunk.length) {
      this.recognise(chunk, at);
      const end = this.line === 'document' ? -1 : chunk.indexOf(LF, at);
      this.addToLine(chunk.subarray(at, end === -1 ? chunk.length : end));
      if (end === -1) {
        break;
      }
      for (const event of this.endLine()) {
        events.push(event);
      }
      at = end + 1;
    }
    return events;
  }

  /**
   * The event, if any, that no blank line has ended.
   *
   * @throws BlobJsonError `truncated` where it is only the beginning of one
   */
  end(): readonly unknown[] {
    return this.endEvent();
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
      this.event ??= new BlobJsonReader({ maxBytes: this.maxBytes });
      this.event.push(rest);
    }
  }

  private endLine(): readonly unknown[] {
    const isBlank = this.line === 'unknown' && ['', '\r'].includes(this.lineStart);
    if (this.line === 'data') {
      // Further lines of data belong to the same event.
      this.event?.push(LINE_END);
    }
    this.line = 'unknown';
    this.lineStart = '';
    return isBlank ? this.endEvent() : [];
  }

  private endEvent(): readonly unknown[] {
    const { event } = this;
    this.event = undefined;
    const value = event?.end();
    return Array.isArray(value) ? (value as unknown[]) : event === undefined ? [] : [value];
  }
}
