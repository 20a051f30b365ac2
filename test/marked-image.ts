import { createCipheriv, createHash } from 'node:crypto';
import sharp from 'sharp';

/** A square of the picture, in pixels: one block of a JPEG, so that its flat colour is kept. */
const BLOCK = 8;
const COLUMNS = 8;
/** Four rows of squares make a number of 32 bits; the fifth is the same in all pictures. */
const ROWS = 5;

export const MARKED_WIDTH = COLUMNS * BLOCK;
export const MARKED_HEIGHT = ROWS * BLOCK;

/** A comment segment of a JPEG has room for this many bytes. */
const LONGEST_COMMENT = 65_533;

/** A JPEG whose pixels say its number, and whose bytes are like those of no other. */
export interface MarkedImage {
  readonly id: number;
  readonly base64: string;
  readonly sha256: string;
}

/**
 * Makes the JPEG with this number: black and white squares are its bits, and comment segments with the
 * number and noise of its own make it as large as is asked for.
 */
export async function markedImage(id: number, bytes: number): Promise<MarkedImage> {
  const picture = await sharp(markedPixels(id), {
    raw: { width: MARKED_WIDTH, height: MARKED_HEIGHT, channels: 3 },
  })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const comments = commentsOf(id, Math.max(0, bytes - picture.length));
  const jpeg = Buffer.concat([picture.subarray(0, 2), ...comments, picture.subarray(2)]);
  return { id, base64: jpeg.toString('base64'), sha256: sha256Of(jpeg) };
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The pixels of a picture, as RGB. */
export function rgbOf(picture: Buffer): Promise<Buffer> {
  return sharp(picture).removeAlpha().toColourspace('srgb').raw().toBuffer();
}

/** The number that the pixels say, as RGB, whatever a codec has done to them. */
export function markOf(pixels: Buffer): number {
  let id = 0;
  for (let bit = 0; bit < 32; bit += 1) {
    const x = (bit % COLUMNS) * BLOCK + BLOCK / 2;
    const y = Math.floor(bit / COLUMNS) * BLOCK + BLOCK / 2;
    id = id * 2 + ((pixels[(y * MARKED_WIDTH + x) * 3] ?? 0) > 127 ? 1 : 0);
  }
  return id;
}

function markedPixels(id: number): Buffer {
  const pixels = Buffer.alloc(MARKED_WIDTH * MARKED_HEIGHT * 3, 96);
  for (let y = 0; y < MARKED_HEIGHT - BLOCK; y += 1) {
    for (let x = 0; x < MARKED_WIDTH; x += 1) {
      const bit = Math.floor(y / BLOCK) * COLUMNS + Math.floor(x / BLOCK);
      const at = (y * MARKED_WIDTH + x) * 3;
      pixels.fill(((id >>> (31 - bit)) & 1) * 255, at, at + 3);
    }
  }
  return pixels;
}

function commentsOf(id: number, bytes: number): readonly Buffer[] {
  const key = createHash('md5').update(`image ${id}`).digest();
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
  const comments: Buffer[] = [];
  for (let at = 0; at === 0 || at < noise.length; at += LONGEST_COMMENT - 32) {
    const text = Buffer.concat([
      Buffer.from(`easel image ${id}. `),
      noise.subarray(at, at + LONGEST_COMMENT - 32),
    ]);
    const head = Buffer.from([0xff, 0xfe, 0, 0]);
    head.writeUInt16BE(text.length + 2, 2);
    comments.push(head, text);
  }
  return comments;
}
