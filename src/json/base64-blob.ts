import { setImmediate as nextTurn } from 'node:timers/promises';
import { JsonBlob } from './json-blob';

/** Divisible by 3, so that a long slice is encoded without copying. */
const PIECE_BYTES = 192 * 1024;
/** Shorter slices are joined: thousands of them would slow down every later access. */
const SHORT_SLICE_BYTES = 8 * 1024;
const MAX_JOINED_SLICES = 1000;
/** About a millisecond of work between two yields to the event loop. */
const BYTES_PER_TURN = 4 * PIECE_BYTES;

const NOTHING = Buffer.alloc(0);

/** The base64 of drained lists, for as long as the lists are referenced. */
const DRAINED = new WeakMap<Buffer[], JsonBlob>();

const LAST_QUARTET = /^[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)$/;

/**
 * A cheap check that base64 is complete: whole quartets, with padding, if any, only in the last
 * one. It reads four bytes; everything between may still be wrong.
 */
export function looksLikeWholeBase64(data: JsonBlob): boolean {
  const { byteLength } = data;
  return (
    byteLength > 0 &&
    byteLength % 4 === 0 &&
    LAST_QUARTET.test(data.window(byteLength - 4, byteLength).toString('latin1'))
  );
}

/** Longer than any line of base64 (76 characters in MIME), so that a line break is found. */
const START_CHARACTERS = 128;

/**
 * A cheap check that base64 can be passed on unchanged: complete, in one line, and in the standard
 * alphabet. It reads the two ends, and the text in between up to the first character that only one
 * alphabet has: a few dozen bytes of an image.
 */
export function looksLikeStandardBase64(data: JsonBlob): boolean {
  return (
    looksLikeWholeBase64(data) &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(data.window(0, START_CHARACTERS).toString('latin1')) &&
    !isUrlSafe(data)
  );
}

function isUrlSafe({ chunks }: JsonBlob): boolean {
  for (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte === 0x2d || byte === 0x5f) {
        return true;
      }
      if (byte === 0x2b || byte === 0x2f) {
        return false;
      }
    }
  }
  return false;
}

/**
 * Encodes bytes as standard padded base64, yielding to the event loop at intervals. Slices are not
 * joined first. Rejects with the signal's reason if it is aborted.
 */
export async function encodeBase64(
  bytes: Buffer | readonly Buffer[],
  signal?: AbortSignal,
): Promise<JsonBlob> {
  return encode(Buffer.isBuffer(bytes) ? [bytes] : bytes, signal);
}

/**
 * Like `encodeBase64`, but removes each slice from the list once it is encoded, so that bytes and
 * base64 are not both kept.
 */
export async function drainToBase64(slices: Buffer[], signal?: AbortSignal): Promise<JsonBlob> {
  const data = await encode(drainedSlices(slices), signal);
  DRAINED.set(slices, data);
  return data;
}

/** The base64 that a list of slices was drained to; undefined if it was not drained. */
export function base64Of(slices: Buffer[]): JsonBlob | undefined {
  return DRAINED.get(slices);
}

/** The length of the padded base64 of this many bytes. */
export function encodedByteLength(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function* drainedSlices(slices: Buffer[]): Generator<Buffer, void, void> {
  for (const [index, slice] of slices.entries()) {
    slices[index] = NOTHING;
    yield slice;
  }
  slices.length = 0;
}

async function encode(
  slices: Iterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<JsonBlob> {
  const chunks: Buffer[] = [];
  let rest: Buffer | undefined;
  for await (const piece of inTurns(slices, signal)) {
    const joined: Buffer = rest === undefined ? piece : Buffer.concat([rest, piece]);
    const end = joined.length - (joined.length % 3);
    rest = end < joined.length ? joined.subarray(end) : undefined;
    chunks.push(Buffer.from(joined.toString('base64', 0, end), 'latin1'));
  }
  if (rest !== undefined) {
    chunks.push(Buffer.from(rest.toString('base64'), 'latin1'));
  }
  return new JsonBlob(chunks, true);
}

/**
 * Normalises base64 as clients send it: white space is dropped, the URL-safe alphabet replaced,
 * missing padding added. Reads every byte, yielding to the event loop at intervals; data that is
 * standard already is not copied. Resolves to undefined if it is not base64 even so. Rejects with
 * the signal's reason if it is aborted.
 */
export async function normaliseBase64(
  data: JsonBlob,
  signal?: AbortSignal,
): Promise<JsonBlob | undefined> {
  const chunks: Buffer[] = [];
  let characters = 0;
  let padding = 0;
  for await (const piece of inTurns(data.chunks, signal)) {
    const tidied = tidy(piece, padding > 0);
    if (tidied === undefined) {
      return undefined;
    }
    chunks.push(tidied.characters);
    characters += tidied.characters.length;
    padding += tidied.padding;
  }
  const open = characters % 4;
  if (open === 1 || padding > 2 || (padding > 0 && (characters + padding) % 4 !== 0)) {
    return undefined;
  }
  return new JsonBlob(withEndPadded(chunks, open), true);
}

const PADDING = 0x3d;
const DROPPED = -1;
const FOREIGN = -2;
/**
 * The standard character of each byte; `DROPPED` for white space, `FOREIGN` for bytes that base64
 * does not have.
 */
const STANDARD = new Int16Array(256).fill(FOREIGN);
for (const byte of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
)) {
  STANDARD[byte] = byte;
}
STANDARD.set(Buffer.from('+'), 0x2d);
STANDARD.set(Buffer.from('/'), 0x5f);
for (const white of Buffer.from('\t\n\f\r ')) {
  STANDARD[white] = DROPPED;
}

/**
 * The piece's characters and its amount of padding; `ended`: padding came before, so only more
 * padding may follow.
 */
function tidy(
  piece: Buffer,
  ended: boolean,
): { readonly characters: Buffer; readonly padding: number } | undefined {
  const clean = ended ? 0 : cleanStart(piece);
  if (clean === piece.length && !ended) {
    return { characters: piece, padding: 0 };
  }
  const tidied = Buffer.allocUnsafe(piece.length);
  let length = piece.copy(tidied, 0, 0, clean);
  let padding = 0;
  for (const byte of piece.subarray(clean)) {
    const standard = STANDARD[byte];
    if (byte === PADDING) {
      padding += 1;
    } else if (standard === FOREIGN || standard === undefined) {
      return undefined;
    } else if (standard !== DROPPED) {
      if (ended || padding > 0) {
        return undefined;
      }
      tidied[length] = standard;
      length += 1;
    }
  }
  return { characters: tidied.subarray(0, length), padding };
}

/**
 * How many bytes at the start are standard already. A plain loop: `findIndex` takes five times as
 * long.
 */
function cleanStart(piece: Buffer): number {
  let at = 0;
  for (let byte = piece[0]; byte !== undefined && STANDARD[byte] === byte; byte = piece[at]) {
    at += 1;
  }
  return at;
}

/** Encodes the last, incomplete quartet again, which pads it and clears its unused bits. */
function withEndPadded(chunks: readonly Buffer[], open: number): readonly Buffer[] {
  const kept = [...chunks];
  let tail = '';
  while (tail.length < open) {
    const last = kept.pop() ?? Buffer.alloc(0);
    const from = Math.max(0, last.length - (open - tail.length));
    tail = last.toString('latin1', from) + tail;
    if (from > 0) {
      kept.push(last.subarray(0, from));
    }
  }
  return open === 0
    ? kept
    : [...kept, Buffer.from(Buffer.from(tail, 'base64').toString('base64'), 'latin1')];
}

/** The slices as pieces worth a call, yielding to the event loop after a number of bytes. */
async function* inTurns(
  slices: Iterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, void> {
  let sinceTurn = 0;
  for (const piece of piecesOf(slices)) {
    if (sinceTurn >= BYTES_PER_TURN) {
      await nextTurn();
      sinceTurn = 0;
    }
    signal?.throwIfAborted();
    sinceTurn += piece.length;
    yield piece;
  }
}

/** Cuts long slices without a copy, and joins short ones. */
function* piecesOf(slices: Iterable<Buffer>): Generator<Buffer, void, void> {
  let short: Buffer[] = [];
  let shortBytes = 0;
  for (const slice of slices) {
    const isShort = slice.length < SHORT_SLICE_BYTES;
    if (isShort) {
      short.push(slice);
      shortBytes += slice.length;
    }
    if (!isShort || shortBytes >= SHORT_SLICE_BYTES || short.length >= MAX_JOINED_SLICES) {
      if (shortBytes > 0) {
        yield Buffer.concat(short);
      }
      short = [];
      shortBytes = 0;
    }
    for (let at = 0; !isShort && at < slice.length; at += PIECE_BYTES) {
      yield slice.subarray(at, at + PIECE_BYTES);
    }
  }
  if (shortBytes > 0) {
    yield Buffer.concat(short);
  }
}
