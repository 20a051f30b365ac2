import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

/** Shorter strings are no problem for JSON.parse; images are almost always longer. */
const LONG = 64 * 1024;
/** The number of characters decoded at once, a multiple of four: at most a millisecond of work. */
const SLICE = 256 * 1024;
/** How much an error message shows. */
const SHOWN = 120;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * A long string of a JSON text, kept as bytes. As JavaScript strings, the images of one edit would
 * be copied four times, which would block the process, possibly the gateway's own.
 */
export class LongText {
  private constructor(
    private readonly json: Buffer,
    /** Its decoded bytes; undefined if it is not base64. */
    readonly decoded: Buffer | undefined,
  ) {}

  /** @param json the text between the quotes */
  static async read(json: Buffer): Promise<LongText> {
    const plain = json.includes(BACKSLASH) ? Buffer.from(unescaped(json), 'latin1') : json;
    return new LongText(json, await decodeBase64(plain));
  }

  get text(): string {
    return unescaped(this.json);
  }

  /** For error messages, which show what was sent. */
  toJSON(): string {
    return `${this.json.toString('latin1', 0, SHOWN)}…`;
  }
}

/**
 * Parses JSON whose long strings become `LongText`.
 * @throws {SyntaxError} with a position in `skeleton`, the text without the long strings
 */
export async function parseLongJson(
  body: Buffer,
): Promise<
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly skeleton: string; readonly error: unknown }
> {
  const mark = `@${randomUUID()}@`;
  const pieces: string[] = [];
  const texts: LongText[] = [];
  let from = 0;
  for (const [start, end] of longStrings(body)) {
    pieces.push(body.toString('utf8', from, start), mark, String(texts.length));
    texts.push(await LongText.read(body.subarray(start, end)));
    from = end;
  }
  pieces.push(body.toString('utf8', from));
  const skeleton = pieces.join('');
  const restored = (_: string, member: unknown): unknown =>
    typeof member === 'string' && member.startsWith(mark)
      ? texts[Number(member.slice(mark.length))]
      : member;
  try {
    const blank = skeleton.trim() === '';
    return { ok: true, value: blank ? {} : (JSON.parse(skeleton, restored) as unknown) };
  } catch (error) {
    return { ok: false, skeleton, error };
  }
}

/** From quote to quote: the start and end of each long string, without the quotes. */
function* longStrings(body: Buffer): Generator<readonly [start: number, end: number]> {
  for (let quote = body.indexOf(QUOTE); quote >= 0;) {
    const start = quote + 1;
    let end = body.indexOf(QUOTE, start);
    while (end >= 0 && isEscaped(body, end)) {
      end = body.indexOf(QUOTE, end + 1);
    }
    if (end < 0) {
      return;
    }
    if (end - start > LONG) {
      yield [start, end];
    }
    quote = body.indexOf(QUOTE, end + 1);
  }
}

/** Whether an odd number of backslashes precedes the quote. */
function isEscaped(body: Buffer, quote: number): boolean {
  let first = quote;
  while (first > 0 && body[first - 1] === BACKSLASH) {
    first -= 1;
  }
  return (quote - first) % 2 === 1;
}

function unescaped(json: Buffer): string {
  const text = json.toString('utf8');
  if (!text.includes('\\')) {
    return text;
  }
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // An invalid escape sequence; that text is not base64 either.
    return text;
  }
}

/**
 * Standard or URL-safe base64, with or without padding, in slices, yielding to the event loop in
 * between.
 */
async function decodeBase64(characters: Buffer): Promise<Buffer | undefined> {
  const padding = characters.subarray(-2).filter((character) => character === 0x3d).length;
  const length = characters.length - padding;
  if (length % 4 === 1) {
    return undefined;
  }
  const decoded = Buffer.allocUnsafe(Math.floor((length * 3) / 4));
  let written = 0;
  for (let from = 0; from < length; from += SLICE) {
    const slice = characters.toString('latin1', from, Math.min(from + SLICE, length));
    // Node skips characters that are not base64, so an invalid slice comes out too short.
    const bytes = decoded.write(slice, written, 'base64');
    if (bytes !== Math.floor((slice.length * 3) / 4)) {
      return undefined;
    }
    written += bytes;
    await turn();
  }
  return decoded;
}
