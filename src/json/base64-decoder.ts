import { setImmediate as nextTurn } from 'node:timers/promises';
import { looksLikeWholeBase64 } from './base64-blob';
import type { JsonBlob } from './json-blob';

/**
 * Divisible by 4. Node decodes base64 only from strings. A string of this length stays in V8's
 * young generation; one of 128 KiB is allocated elsewhere, and a few of them trigger a full
 * collection: 19 ms for a 16 MB image.
 */
const STEP_CHARACTERS = 64 * 1024;

/**
 * About a quarter of a millisecond of decoding, so that the event loop is never blocked for long.
 */
const PIECE_BYTES = (8 * STEP_CHARACTERS * 3) / 4;

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
  const characters = new QuartetReader(data.chunks);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at > 0) {
      await nextTurn();
    }
    signal?.throwIfAborted();
    if (!fill(bytes.subarray(at, at + PIECE_BYTES), characters)) {
      return undefined;
    }
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
  const target = memory ?? Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, total));
  const characters = new QuartetReader(data.chunks);
  for (let at = 0; at < total; at += target.length) {
    signal.throwIfAborted();
    const piece = target.subarray(0, total - at);
    if (!fill(piece, characters)) {
      throw new TypeError('the base64 is not clean');
    }
    yield piece;
  }
}

/** Fills the piece with decoded bytes; returns whether their characters are clean base64. */
function fill(piece: Buffer, characters: QuartetReader): boolean {
  for (let at = 0; at < piece.length;) {
    const text = characters.take(Math.ceil((piece.length - at) / 3) * 4);
    const expected = Math.min((text.length / 4) * 3, piece.length - at);
    // Node silently skips characters that are not base64, and the result is then too short. There is
    // no text if the slices were taken away meanwhile: without it, the loop would never end.
    if (text === '' || piece.write(text, at, 'base64') !== expected) {
      return false;
    }
    at += expected;
  }
  return true;
}

/** Reads the characters of slices as whole quartets. The slices are not joined. */
class QuartetReader {
  private index = 0;
  private at = 0;

  constructor(private readonly slices: readonly Buffer[]) {}

  /**
   * The next characters: at least one quartet, unless there are no more.
   *
   * @param max divisible by 4
   */
  take(max: number): string {
    let text = '';
    for (
      let slice = this.slices[this.index];
      slice !== undefined;
      slice = this.slices[this.index]
    ) {
      const left = slice.length - this.at;
      const isQuartetOpen = text !== '' || left < 4;
      const length = isQuartetOpen
        ? Math.min(4 - text.length, left)
        : Math.min(left - (left % 4), max, STEP_CHARACTERS);
      text += slice.toString('latin1', this.at, this.at + length);
      this.at += length;
      if (this.at === slice.length) {
        this.index += 1;
        this.at = 0;
      }
      if (text.length >= 4) {
        break;
      }
    }
    return text;
  }
}
