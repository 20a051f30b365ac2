import { crc32 } from 'node:zlib';
import sharp from 'sharp';

import { withJfif } from './picture';

/** One image of one colour. */
interface PlainOrder {
  readonly width: number;
  readonly height: number;
  readonly mimeType: 'image/jpeg' | 'image/png';
  /** Written into the file: another text gives other bytes, but the same pixels. */
  readonly comment: string;
}

const COLOUR = '#3b6e8f';

/** After SOI and JFIF; after the signature and IHDR, which always has 25 bytes. */
const JPEG_COMMENT_AT = 2 + 18;
const PNG_COMMENT_AT = 8 + 25;

const encoded = new Map<string, Promise<Buffer>>();

/**
 * A flat image of exactly this size. Each size is encoded once, which is what takes the time; after
 * that it is a copy of some kilobytes.
 */
export async function plainImage(order: PlainOrder): Promise<Buffer> {
  const isPng = order.mimeType === 'image/png';
  const image = await encodedOnce(order);
  const at = isPng ? PNG_COMMENT_AT : JPEG_COMMENT_AT;
  const text = Buffer.from(order.comment, 'latin1');
  const comment = isPng ? pngComment(text) : jpegComment(text);
  return Buffer.concat([image.subarray(0, at), comment, image.subarray(at)]);
}

function encodedOnce({ width, height, mimeType }: PlainOrder): Promise<Buffer> {
  const key = `${mimeType} ${width}x${height}`;
  const known = encoded.get(key);
  if (known !== undefined) {
    return known;
  }
  const flat = sharp({ create: { width, height, channels: 3, background: COLOUR } });
  const image = mimeType === 'image/png' ? flat.png({ compressionLevel: 1 }) : flat.jpeg();
  const made = mimeType === 'image/png' ? image.toBuffer() : image.toBuffer().then(withJfif);
  encoded.set(key, made);
  return made;
}

/** A COM segment: its length includes itself, but not the marker. */
function jpegComment(text: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(text.length + 2, 2);
  return Buffer.concat([head, text]);
}

/** A tEXt chunk: its length covers the text only, its CRC the name as well. */
function pngComment(text: Buffer): Buffer {
  const chunk = Buffer.concat([Buffer.from('tEXtComment\0', 'latin1'), text]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(chunk.length - 4, 0);
  ends.writeUInt32BE(crc32(chunk), 4);
  return Buffer.concat([ends.subarray(0, 4), chunk, ends.subarray(4)]);
}
