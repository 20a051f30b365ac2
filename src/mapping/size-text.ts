import { looksLikeDimensions, parseDimensions, type Dimensions } from './aspect-ratio';
import type { ImageRequestFields } from './image-request';

/** The text that is treated as `size`, and the field it came in. */
interface SizeText {
  readonly field: string;
  readonly text: string;
  readonly dimensions?: Dimensions;
}

/**
 * A `WIDTHxHEIGHT` in `image_size` is SiliconFlow's notation for `size`; `size` itself takes
 * precedence.
 */
export function readSize({ size, imageSize, names }: ImageRequestFields): SizeText | undefined {
  if (size !== undefined) {
    return { field: 'size', text: size, dimensions: parseDimensions(size) };
  }
  return imageSize !== undefined && looksLikeDimensions(imageSize)
    ? {
        field: names?.imageSize ?? 'image_size',
        text: imageSize,
        dimensions: parseDimensions(imageSize),
      }
    : undefined;
}

/** Empty and `auto` ask for nothing, so they need no warning. */
export function isUnreadable({ text, dimensions }: SizeText): boolean {
  return dimensions === undefined && text.trim() !== '' && !isAuto(text);
}

/** Whether a request has a size other than `auto`, but none that can be parsed. */
export function hasUnreadableSize(fields: ImageRequestFields): boolean {
  const size = readSize(fields);
  return size !== undefined && size.dimensions === undefined && !isAuto(size.text);
}

function isAuto(text: string): boolean {
  return text.trim().toLowerCase() === 'auto';
}
