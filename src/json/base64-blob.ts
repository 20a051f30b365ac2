import { setImmediate as nextTurn } from 'node:timers/promises';
import { JsonBlob } from './json-blob';

/** Divisible by 4: about a millisecond of decoding, so that the event loop is never held for long. */
const DECODE_STEP_CHARACTERS = 1024 * 1024;
/** Divisible by 3, so that no step but the last ends in padding. */
const ENCODE_STEP_BYTES = 192 * 1024;
const ENCODE_STEPS_PER_TURN = 4;

const LAST_QUARTET = /^[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)$/;

/**
 * A cheap look at whether base64 came whole: quartets to the end and padding, if any, in the last.
 * It reads four bytes; what is in between may still be wrong.
 */
export function looksLikeWholeBase64(data: JsonBlob): boolean {
  const { byteLength } = data;
  return (
    byteLength > 0 &&
    byteLength % 4 === 0 &&
    LAST_QUARTET.test(data.window(byteLength - 4, byteLength).toString('latin1'))
  );
}

/**
 * Decodes standard base64 a piece at a time, letting others have the event loop in between.
 * Resolves to undefined where the data is no clean base64: cut, with line breaks, or padded within.
 *
 * Rejects with the signal's reason when that is aborted.
 */
export async function decodeBase64(
  data: JsonBlob,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  if (!looksLikeWholeBase64(data)) {
    return undefined;
  }
  const padding = data.window(data.byteLength - 2, data.byteLength).toString('latin1');
  const paddingBytes = padding.endsWith('==') ? 2 : padding.endsWith('=') ? 1 : 0;
  const bytes = Buffer.allocUnsafeSlow((data.byteLength / 4) * 3 - paddingBytes);
  for (let at = 0, written = 0; at < data.byteLength; at += DECODE_STEP_CHARACTERS) {
    if (at > 0) {
      await nextTurn();
    }
    signal?.throwIfAborted();
    const text = data.window(at, at + DECODE_STEP_CHARACTERS).toString('latin1');
    const expected = Math.min((text.length / 4) * 3, bytes.length - written);
    // Node skips what is not base64 without a word, and then comes out short.
    if (bytes.write(text, written, 'base64') !== expected) {
      return undefined;
    }
    written += expected;
  }
  return bytes;
}

/**
 * Encodes bytes as standard padded base64, in chunks, letting others have the event loop in between.
 * Rejects with the signal's reason when that is aborted.
 */
export async function encodeBase64(bytes: Buffer, signal?: AbortSignal): Promise<JsonBlob> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += ENCODE_STEP_BYTES) {
    if (chunks.length > 0 && chunks.length % ENCODE_STEPS_PER_TURN === 0) {
      await nextTurn();
    }
    signal?.throwIfAborted();
    const text = bytes.toString('base64', at, at + ENCODE_STEP_BYTES);
    chunks.push(Buffer.from(text, 'latin1'));
  }
  return new JsonBlob(chunks, true);
}
