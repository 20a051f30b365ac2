/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in its pixels. */
interface PixelBox extends PixelSize {
  readonly left: number;
  readonly top: number;
}

/**
 * The largest part from the middle of a picture that has the target's ratio, to whole pixels and at
 * least one: scaled to the target it covers all of it. Cutting comes before scaling, since a picture
 * scaled to cover a strip of 1 x 60,000,000 would first be 60,000,000 pixels wide as well.
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
