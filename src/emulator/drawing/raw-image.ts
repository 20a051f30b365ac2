import type { Sharp } from 'sharp';

/** Decoded pixels, three channels, in the form that sharp accepts as an image. */
export interface RawImage {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 3 };
}

/** The output of a pipeline, which must be `width` × `height`, without transparency. */
export async function rawImage(pipeline: Sharp, width: number, height: number): Promise<RawImage> {
  const data = await pipeline.toColourspace('srgb').removeAlpha().raw().toBuffer();
  return { data, raw: { width, height, channels: 3 } };
}
