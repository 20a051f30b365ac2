import type { JsonBlob } from '../../json/json-blob';
import type { ByteWindow } from './byte-window';
import { isFrameHeader, jpegSegments } from './jpeg-segments';

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface ImageHeader {
  readonly format: ImageFormat;
  readonly mimeType: `image/${ImageFormat}`;
  /** In pixels, as stored: an EXIF orientation is not applied. */
  readonly width: number;
  readonly height: number;
}

/** Enough for the metadata that each format has at its very start. */
const START_BYTES = 30;

const PNG_START = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);

/**
 * The type and size of an image from its base64, of which only a few bytes are decoded. Undefined
 * if the data is not PNG, JPEG or WebP, or ends before its header does. Declared mime types are
 * ignored: Gemini has declared `image/png` and sent JPEG.
 */
export function readImageHeader(base64: JsonBlob | Buffer): ImageHeader | undefined {
  return readImageHeaderBytes(windowInto(base64));
}

/** The bytes behind base64, decoded only where they are accessed. */
export function windowInto(base64: JsonBlob | Buffer): ByteWindow {
  return (start, end) => {
    const firstQuartet = Math.floor(start / 3);
    const from = firstQuartet * 4;
    const to = Math.ceil(end / 3) * 4;
    const text = Buffer.isBuffer(base64) ? base64.subarray(from, to) : base64.window(from, to);
    const bytes = Buffer.from(text.toString('latin1'), 'base64');
    return bytes.subarray(start - firstQuartet * 3, end - firstQuartet * 3);
  };
}

/** The same for the image's own bytes. */
export function readImageHeaderBytes(window: ByteWindow): ImageHeader | undefined {
  const start = window(0, START_BYTES);
  if (start.subarray(0, PNG_START.length).equals(PNG_START)) {
    return readPng(start);
  }
  if (start.subarray(0, JPEG_START.length).equals(JPEG_START)) {
    return readJpeg(window);
  }
  return ascii(start, 0, 4) === 'RIFF' && ascii(start, 8, 12) === 'WEBP'
    ? readWebp(start)
    : undefined;
}

function readPng(start: Buffer): ImageHeader | undefined {
  if (start.length < 24 || ascii(start, 12, 16) !== 'IHDR') {
    return undefined;
  }
  return headerOf('png', start.readUInt32BE(16), start.readUInt32BE(20));
}

function readJpeg(window: ByteWindow): ImageHeader | undefined {
  for (const { marker, at } of jpegSegments(window)) {
    if (isFrameHeader(marker)) {
      const frame = window(at, at + 9);
      return frame.length < 9
        ? undefined
        : headerOf('jpeg', frame.readUInt16BE(7), frame.readUInt16BE(5));
    }
  }
  return undefined;
}

function readWebp(start: Buffer): ImageHeader | undefined {
  switch (ascii(start, 12, 16)) {
    case 'VP8 ': // Lossy: a key frame's tag, its start code, then 14 bits of width and of height.
      return start.length < 30 || start.readUIntBE(23, 3) !== 0x9d012a
        ? undefined
        : headerOf('webp', start.readUInt16LE(26) & 0x3fff, start.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      // Lossless: a signature byte, then 14 bits each of width and height, minus one.
      if (start.length < 25 || start[20] !== 0x2f) {
        return undefined;
      }
      const sizes = start.readUInt32LE(21);
      return headerOf('webp', (sizes & 0x3fff) + 1, ((sizes >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X': // Extended: the canvas, 24 bits each of width and height, minus one.
      return start.length < 30
        ? undefined
        : headerOf('webp', start.readUIntLE(24, 3) + 1, start.readUIntLE(27, 3) + 1);
    default:
      return undefined;
  }
}

function headerOf(format: ImageFormat, width: number, height: number): ImageHeader | undefined {
  return width === 0 || height === 0
    ? undefined
    : { format, mimeType: `image/${format}`, width, height };
}

function ascii(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}
