import type { ByteWindow } from './byte-window';
import { readImageHeaderBytes, type ImageHeader } from './image-header';
import { isFrameHeader, isProgressive, jpegSegments, START_OF_SCAN } from './jpeg-segments';

/**
 * How much memory, in bytes, an image may take if it cannot be decoded row by row: three bytes for
 * each of the maximum number of pixels. Any photograph from a camera can then be rotated, and
 * full-colour WebP and progressive JPEG may have 24 and 32 million pixels.
 */
export const MAX_WHOLE_BYTES = 192 * 1024 * 1024;

/**
 * libwebp holds the whole frame, and libvips another one, in RGBA. Measured: 8.1 bytes per pixel,
 * whatever the content.
 */
const WEBP_PIXEL_BYTES = 8;

/**
 * The decoded bytes per pixel of a PNG, by its colour type, including the alpha that a tRNS chunk
 * adds to the first three.
 */
const PNG_CHANNELS: Readonly<Record<number, number>> = { 0: 2, 2: 4, 3: 4, 4: 2, 6: 4 };

/**
 * The memory that an image takes besides its file because its decoder needs all of it at once: an
 * interlaced PNG, a JPEG in several scans (progressive, or with each colour in its own scan), a
 * WebP. 0 for what is read row by row, and for what is not an image.
 */
export function wholeBytes(window: ByteWindow): number {
  const header = readImageHeaderBytes(window);
  switch (header?.format) {
    case 'png':
      return pngBytes(window(24, 29), header);
    case 'jpeg':
      return jpegBytes(window, header);
    case 'webp':
      return header.width * header.height * WEBP_PIXEL_BYTES;
    case undefined:
      return 0;
  }
}

/** @param details depth, colour type, compression, filter and interlacing, as in IHDR */
function pngBytes(details: Buffer, { width, height }: ImageHeader): number {
  const [depth = 0, colourType = 0, , , interlacing = 0] = details;
  const channelBytes = depth === 16 ? 2 : 1;
  return interlacing === 0 ? 0 : width * height * channelBytes * (PNG_CHANNELS[colourType] ?? 4);
}

/**
 * libjpeg keeps the coefficients of all scans, two bytes each, until the last scan has been read.
 */
function jpegBytes(window: ByteWindow, { width, height }: ImageHeader): number {
  let components: readonly Component[] = [];
  for (const { marker, at } of jpegSegments(window)) {
    if (isFrameHeader(marker)) {
      components = componentsOf(window, at);
      if (isProgressive(marker)) {
        return coefficientBytes(components, width * height);
      }
    } else if (marker === START_OF_SCAN) {
      const inFirstScan = window(at + 4, at + 5)[0] ?? 0;
      return inFirstScan < components.length ? coefficientBytes(components, width * height) : 0;
    }
  }
  return coefficientBytes(components, width * height);
}

/** The sampling of one of a JPEG's colour components, relative to the others. */
interface Component {
  readonly across: number;
  readonly down: number;
}

function componentsOf(window: ByteWindow, frameAt: number): readonly Component[] {
  const count = window(frameAt + 9, frameAt + 10)[0] ?? 0;
  const table = window(frameAt + 10, frameAt + 10 + count * 3);
  return Array.from({ length: count }, (_, index) => {
    const sampling = table[index * 3 + 1] ?? 0x11;
    return { across: sampling >> 4, down: sampling & 15 };
  });
}

function coefficientBytes(components: readonly Component[], pixels: number): number {
  const finest =
    Math.max(1, ...components.map(({ across }) => across)) *
    Math.max(1, ...components.map(({ down }) => down));
  const samples = components.reduce((sum, { across, down }) => sum + across * down, 0) / finest;
  return Math.ceil(2 * samples * pixels);
}
