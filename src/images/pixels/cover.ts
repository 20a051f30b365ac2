/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** A rectangle inside an image, in pixels. */
interface PixelBox extends PixelSize {
  readonly left: number;
  readonly top: number;
}

/**
 * The largest centred part of an image that has the target's ratio, in whole pixels and at least
 * one: scaled to the target, it covers all of it. Cropping comes before scaling, since an image
 * scaled to cover a strip of 1 x 60,000,000 would first be 60,000,000 pixels wide.
 */
export function coveringPart(picture: PixelSize, target: PixelSize): PixelBox {
  const scale = Math.min(picture.width / target.width, picture.height / target.height);
  const width = Math.max(1, Math.round(target.width * scale));
  const height = Math.max(1, Math.round(target.height * scale));
  return {
    left: Math.floor((picture.width - width) / 2),
    top: Math.floor((picture.height - height) / 2),
    width,
    height,
  };
}
