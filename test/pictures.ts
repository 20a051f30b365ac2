import sharp from 'sharp';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A picture in which every pixel differs from its neighbours: nothing that is moved goes unnoticed. */
export function patterned(width: number, height: number, channels: 3 | 4 = 3): Buffer {
  const pixels = Buffer.alloc(width * height * channels);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels.set([(x * 5 + y) % 256, (y * 3 + x) % 256, (x * y) % 256], at * channels);
    if (channels === 4) {
      pixels[at * 4 + 3] = 40 + ((x + 2 * y) % 216);
    }
  }
  return pixels;
}

/** Encodes raw pixels. */
export async function encoded(
  pixels: Buffer,
  size: { readonly width: number; readonly height: number; readonly channels: 1 | 3 | 4 },
  format: 'png' | 'jpeg' | 'webp' = 'png',
  orientation?: number,
): Promise<Bytes> {
  const image = sharp(pixels, { raw: size }).toFormat(format);
  const bytes = await (
    orientation === undefined ? image : image.withMetadata({ orientation })
  ).toBuffer();
  return new Uint8Array(bytes);
}

/** A small picture. */
export function picture(
  width = 96,
  height = 64,
  format: 'png' | 'jpeg' | 'webp' = 'png',
): Promise<Bytes> {
  return encoded(patterned(width, height), { width, height, channels: 3 }, format);
}

/** The alpha of each pixel of a mask, by its place. */
export type AlphaAt = (x: number, y: number) => number;

/** A mask for a picture of this size: a PNG whose colours mean nothing. */
export function mask(width: number, height: number, alphaAt: AlphaAt): Promise<Bytes> {
  const pixels = Buffer.alloc(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    pixels.set([9, 9, 9, alphaAt(at % width, Math.floor(at / width))], at * 4);
  }
  return encoded(pixels, { width, height, channels: 4 });
}

/** A text of a form, or a file. */
export type FormPart = readonly [name: string, value: string | Bytes, filename?: string];

/** A form of these parts, in the order given; a name may come several times. */
export function form(...parts: readonly FormPart[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') {
      data.append(name, value);
    } else {
      data.append(name, new Blob([value], { type: 'application/octet-stream' }), filename ?? 'f');
    }
  }
  return data;
}

export function dataUri(bytes: Uint8Array, type = 'image/png'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
