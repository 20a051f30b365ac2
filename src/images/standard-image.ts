import type { RequestContext } from '../context/request-context';
import {
  looksLikeStandardBase64,
  looksLikeWholeBase64,
  normaliseBase64,
} from '../json/base64-blob';
import { decodedByteLength } from '../json/base64-decoder';
import type { JsonBlob } from '../json/json-blob';
import type { ByteWindow } from './pixels/byte-window';
import { readImageHeaderBytes } from './pixels/image-header';

/** The part of a data URI before its data, or white space before either. */
const BEFORE_DATA = /^\s*(?:data:[^,]{0,200},)?/;
const MAX_PREFIX_BYTES = 256;

const JPEG_END = Buffer.from([0xff, 0xd9]);

/** Whether an image (base64) can be read to its last pixel. */
export type ReadsToItsEnd = (data: JsonBlob) => Promise<boolean>;

/**
 * Normalises an image from upstream to bare, standard, padded base64. Google writes it so; relays
 * behind a `baseUrl` also send it in lines, in the URL-safe alphabet, without padding, or as a data
 * URI.
 *
 * @param readsToItsEnd called if nothing else tells whether the image is complete
 * @returns the data itself, without a promise, if it is standard already; undefined if it is not
 * the base64 of a complete image
 * @throws the signal's reason if it is aborted
 */
export function standardImage(
  data: JsonBlob,
  context: Pick<RequestContext, 'memory' | 'signal'>,
  readsToItsEnd: ReadsToItsEnd,
): JsonBlob | Promise<JsonBlob | undefined> {
  return looksLikeStandardBase64(data) ? data : rewritten(data, context, readsToItsEnd);
}

async function rewritten(
  data: JsonBlob,
  { memory, signal }: Pick<RequestContext, 'memory' | 'signal'>,
  readsToItsEnd: ReadsToItsEnd,
): Promise<JsonBlob | undefined> {
  const copy = memory.hold(data.byteLength);
  const before = BEFORE_DATA.exec(data.window(0, MAX_PREFIX_BYTES).toString('latin1'))?.[0] ?? '';
  const bare = data.from(before.length);
  const standard = await normaliseBase64(bare, signal);
  if (standard === undefined) {
    copy.release();
    return undefined;
  }
  copy.settle(standard.byteLength);
  // Base64 without padding may also be truncated, in which case the end of the image is missing.
  const isWhole = looksLikeWholeBase64(bare) || (await isWholeImage(standard, readsToItsEnd));
  return isWhole ? standard : undefined;
}

/**
 * Whether the image has the end that its format requires; a JPEG may lack it and still have all its
 * pixels.
 */
async function isWholeImage(data: JsonBlob, readsToItsEnd: ReadsToItsEnd): Promise<boolean> {
  const length = decodedByteLength(data);
  const window: ByteWindow = (start, end) => decodedWindow(data, start, end);
  switch (readImageHeaderBytes(window)?.format) {
    case 'png':
      return window(length - 8, length - 4).toString('latin1') === 'IEND';
    case 'jpeg':
      return window(length - 2, length).equals(JPEG_END) || readsToItsEnd(data);
    case 'webp':
      // A RIFF chunk of odd length has a padding byte that its length does not count.
      return Math.ceil(window(4, 8).readUInt32LE(0) / 2) * 2 + 8 <= length + 1;
    case undefined:
      return false;
  }
}

function decodedWindow(data: JsonBlob, start: number, end: number): Buffer {
  const firstQuartet = Math.floor(start / 3);
  const text = data.window(firstQuartet * 4, Math.ceil(end / 3) * 4).toString('latin1');
  const from = start - firstQuartet * 3;
  return Buffer.from(text, 'base64').subarray(from, from + end - start);
}
