import { setImmediate as nextTurn } from 'node:timers/promises';
import { looksLikeWholeBase64 } from './base64-blob';
import type { JsonBlob } from './json-blob';

/**
 * Divisible by 4. Node decodes base64 only from strings. A string of this length stays in V8's
 * young generation; a long one is allocated outside the heap, and a few of them trigger a full
 * collection: 19 ms for a 16 MB image.
 */
const STEP_CHARACTERS = 32 * 1024;

/**
 * About a quarter of a millisecond of decoding, so that the event loop is never blocked for long.
 */
const STEPS_AT_ONCE = 16;
const PIECE_CHARACTERS = STEPS_AT_ONCE * STEP_CHARACTERS;

/** The number of bytes that complete, padded base64 decodes to. */
export function decodedByteLength(data: JsonBlob): number {
  const end = data.window(data.byteLength - 2, data.byteLength).toString('latin1');
  const padding = end.endsWith('==') ? 2 : end.endsWith('=') ? 1 : 0;
  return (data.byteLength / 4) * 3 - padding;
}

/**
 * Decodes standard base64 piece by piece, yielding to the event loop in between. Resolves to
 * undefined if the data is not clean base64: truncated, with line breaks, or with padding inside.
 *
 * Rejects with the signal's reason if it is aborted.
 */
export async function decodeBase64(
  data: JsonBlob,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  if (!looksLikeWholeBase64(data)) {
    return undefined;
  }
  const bytes = Buffer.allocUnsafeSlow(decodedByteLength(data));
  for (let at = 0, written = 0; at < data.byteLength; at += PIECE_CHARACTERS) {
    if (at > 0) {
      await nextTurn();
    }
    signal?.throwIfAborted();
    const length = decodePiece(data, at, bytes.subarray(written), PIECE_CHARACTERS);
    if (length === undefined) {
      return undefined;
    }
    written += length;
  }
  return bytes;
}

/**
 * Decodes standard base64 into pieces, each on demand. All share the same memory, so a piece must
 * be written or copied before the next one is requested. The caller yields to the event loop.
 *
 * @param memory what the pieces are put into; each but the last fills it. Its length must be divisible by 3
 * @throws TypeError if the data is not clean base64
 * @throws the signal's reason if it is aborted
 */
export function* decodedPieces(
  data: JsonBlob,
  signal: AbortSignal,
  memory?: Buffer,
): Generator<Buffer, void, void> {
  if (!looksLikeWholeBase64(data)) {
    throw new TypeError('the base64 is incomplete');
  }
  const total = decodedByteLength(data);
  const target = memory ?? Buffer.allocUnsafeSlow(Math.min((PIECE_CHARACTERS / 4) * 3, total));
  const characters = memory === undefined ? PIECE_CHARACTERS : (memory.length / 3) * 4;
  for (let at = 0, read = 0; at < data.byteLength; at += characters) {
    signal.throwIfAborted();
    const piece = target.subarray(0, total - read);
    if (decodePiece(data, at, piece, characters) === undefined) {
      throw new TypeError('the base64 is not clean');
    }
    read += piece.length;
    yield piece;
  }
}

/**
 * Decodes the characters of a piece into the start of `target`; returns the number of bytes, or
 * undefined if it is not clean base64.
 */
function decodePiece(
  data: JsonBlob,
  start: number,
  target: Buffer,
  characters: number,
): number | undefined {
  const end = Math.min(start + characters, data.byteLength);
  let written = 0;
  for (let at = start; at < end; at += STEP_CHARACTERS) {
    const length = decodeStep(
      data,
      at,
      Math.min(at + STEP_CHARACTERS, end),
      target.subarray(written),
    );
    if (length === undefined) {
      return undefined;
    }
    written += length;
  }
  return written;
}

/**
 * Decodes these characters into the start of `target`; returns the number of bytes, or undefined if
 * they are not clean base64.
 */
function decodeStep(data: JsonBlob, at: number, end: number, target: Buffer): number | undefined {
  const text = data.window(at, end).toString('latin1');
  const expected = Math.min((text.length / 4) * 3, target.length);
  // Node silently skips characters that are not base64, and the result is then too short.
  return target.write(text, 0, 'base64') === expected ? expected : undefined;
}
