/** The kind of a stream of status 200, by its first bytes. */
type Opening =
  /** Too few bytes to tell. */
  | 'unknown'
  /** An event, a comment, or the first item of an array. */
  | 'content'
  /** An error in place of the first event, or something that Gemini never sends. */
  | 'other';

/**
 * How a stream begins that is an error, without white space: as events, as an array, or as a
 * document.
 */
const ERROR_STARTS: readonly string[] = [
  'data:{"error":',
  'data:[{"error":',
  '[{"error":',
  '{"error":',
];

/** How all others begin. */
const CONTENT_STARTS: readonly string[] = ['data:', 'event:', 'id:', 'retry:', ':', '[', '{'];

/** The length of the longest of these. */
const MAX_START_LENGTH = 32;

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/**
 * Decides by the first bytes of a stream whether it can be passed on. Google and relays report
 * errors in streams of status 200 too, and once bytes have been passed on, no other account can be
 * tried.
 */
export class StreamOpening {
  private start = '';
  private opening: Opening = 'unknown';

  /** Adds bytes and returns what is known so far. */
  push(bytes: Buffer): Opening {
    for (let at = 0; at < bytes.length && this.opening === 'unknown'; at += MAX_START_LENGTH) {
      const text = bytes.toString('latin1', at, at + MAX_START_LENGTH);
      this.start = `${this.start}${text}`.replace(BYTE_ORDER_MARK, '').replace(/\s+/g, '');
      this.opening = openingOf(this.start);
    }
    return this.opening;
  }
}

function openingOf(start: string): Opening {
  if (ERROR_STARTS.some((error) => start.startsWith(error))) {
    return 'other';
  }
  if (BYTE_ORDER_MARK.startsWith(start)) {
    return 'unknown';
  }
  if ([...ERROR_STARTS, ...CONTENT_STARTS].some((known) => known.startsWith(start))) {
    // A single character, such as `:`, may be a complete start.
    return CONTENT_STARTS.includes(start) && !mayBecomeError(start) ? 'content' : 'unknown';
  }
  return CONTENT_STARTS.some((content) => start.startsWith(content)) ? 'content' : 'other';
}

function mayBecomeError(start: string): boolean {
  return ERROR_STARTS.some((error) => error.startsWith(start));
}
