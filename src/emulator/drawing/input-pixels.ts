import type { Sharp } from 'sharp';
import sharp from 'sharp';

/** An input image that no decoder can read although its first bytes look right. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
}

/**
 * An input image's size after applying its orientation.
 * @throws {UnreadableImage}
 */
export async function uprightSize(
  encoded: Buffer,
): Promise<{ readonly width: number; readonly height: number }> {
  const { autoOrient } = await readable(opened(encoded).metadata());
  return autoOrient;
}

/**
 * An input image, upright, on white where it was transparent, in exactly `width` × `height`:
 * `cover` crops what does not fit, `fill` stretches. It is decoded when the pipeline runs, which
 * has to be `readable`.
 */
export function inputTo(
  encoded: Buffer,
  width: number,
  height: number,
  fit: 'cover' | 'fill',
): Sharp {
  return upright(encoded).resize(width, height, { fit }).flatten({ background: '#ffffff' });
}

/** One channel of an input image, stretched to `width` × `height`; decoded like `inputTo`. */
export function greyTo(encoded: Buffer, width: number, height: number): Sharp {
  return upright(encoded)
    .resize(width, height, { fit: 'fill' })
    .removeAlpha()
    .greyscale()
    .toColourspace('b-w');
}

/**
 * Samples single pixels of an input image, upright, without averaging.
 * @returns RGBA, at most `longest` on a side
 * @throws {UnreadableImage}
 */
export async function sampleOf(encoded: Buffer, longest: number): Promise<Buffer> {
  const image = upright(encoded)
    .resize(longest, longest, { fit: 'inside', kernel: 'nearest', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha();
  return readable(image.raw().toBuffer());
}

/**
 * Decodes an input image without keeping anything of it.
 * @throws {UnreadableImage}
 */
export async function requireReadable(encoded: Buffer): Promise<void> {
  // In full size: an image that is shrunk while loading shows no damage.
  await readable(opened(encoded).greyscale().raw().toBuffer());
}

function upright(encoded: Buffer): Sharp {
  return opened(encoded).autoOrient();
}

const JPEG_SCAN = Buffer.from([0xff, 0xda]);
const JPEG_END = Buffer.from([0xff, 0xd9]);

/**
 * Tolerates what decoders forgive: slight faults, and a JPEG without its end marker. Truncation
 * within the pixels is only a warning once the end marker is added, so warnings count in that case.
 */
function opened(encoded: Buffer): Sharp {
  const isJpeg = encoded[0] === 0xff && encoded[1] === 0xd8;
  const lacksEnd = isJpeg && encoded.lastIndexOf(JPEG_END) < encoded.lastIndexOf(JPEG_SCAN);
  return lacksEnd
    ? sharp(Buffer.concat([encoded, JPEG_END]), { failOn: 'warning' })
    : sharp(encoded, { failOn: 'error' });
}

/**
 * Waits for the result of decoding an input image.
 * @throws {UnreadableImage} if it fails: the reason is an input that cannot be decoded
 */
export async function readable<T>(decoded: Promise<T>): Promise<T> {
  try {
    return await decoded;
  } catch (cause) {
    throw new UnreadableImage('input image cannot be decoded', { cause });
  }
}
