import type { JsonBlob } from '../../json/json-blob';

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface ImageHeader {
  readonly format: ImageFormat;
  readonly mimeType: `image/${ImageFormat}`;
  /** In pixels, as stored: an EXIF orientation is not applied. */
  readonly width: number;
  readonly height: number;
}

/** The image's bytes from `start` up to `end`, fewer where the image ends earlier. */
export type ByteWindow = (start: number, end: number) => Buffer;

/**
 * A JPEG may hold megabytes of EXIF, ICC and C2PA before its frame header, in segments of at most
 * 64 KiB each: this is enough for 64 MiB of them.
 */
const MAX_JPEG_HOPS = 1024;

/** Long enough for what each format says about itself at its very start. */
const START_BYTES = 30;

const PNG_START = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);

/**
 * Type and size of an image from its base64, decoding a few bytes of it only. Undefined where the
 * data is no PNG, JPEG or WebP, or ends before its header does. Not fooled by a declared mime type:
 * Gemini has declared `image/png` and sent JPEG.
 */
export function readImageHeader(base64: JsonBlob | Buffer): ImageHeader | undefined {
  return readImageHeaderBytes((start, end) => {
    const firstQuartet = Math.floor(start / 3);
    const from = firstQuartet * 4;
    const to = Math.ceil(end / 3) * 4;
    const text = Buffer.isBuffer(base64) ? base64.subarray(from, to) : base64.window(from, to);
    const bytes = Buffer.from(text.toString('latin1'), 'base64');
    return bytes.subarray(start - firstQuartet * 3, end - firstQuartet * 3);
  });
}

/** The same from the image's own bytes. */
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

/** Hops from marker to marker, by the lengths they state, to the frame header. */
function readJpeg(window: ByteWindow): ImageHeader | undefined {
  let at = 2;
  for (let hop = 0; hop < MAX_JPEG_HOPS; hop += 1) {
    const segment = window(at, at + 9);
    const marker = segment[1];
    if (segment.length < 4 || segment[0] !== 0xff || marker === undefined) {
      return undefined;
    }
    if (isFrameHeader(marker)) {
      return segment.length < 9
        ? undefined
        : headerOf('jpeg', segment.readUInt16BE(7), segment.readUInt16BE(5));
    }
    if (marker === 0xff) {
      at += 1; // Any number of 0xff may fill the room before a marker.
    } else if (standsAlone(marker)) {
      at += 2;
    } else if (endsHeaders(marker)) {
      return undefined;
    } else {
      at += 2 + segment.readUInt16BE(2);
    }
  }
  return undefined;
}

/** SOF0 to SOF15, without the three of that range which mean something else: DHT, JPG and DAC. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** TEM and RST0 to RST7 are markers without a segment. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** SOI, EOI and SOS: after these no frame header comes. A marker of 0 is no marker at all. */
function endsHeaders(marker: number): boolean {
  return marker === 0x00 || (marker >= 0xd8 && marker <= 0xda);
}

function readWebp(start: Buffer): ImageHeader | undefined {
  switch (ascii(start, 12, 16)) {
    case 'VP8 ': // Lossy: a key frame's tag, its start code, then 14 bits of width and of height.
      return start.length < 30 || start.readUIntBE(23, 3) !== 0x9d012a
        ? undefined
        : headerOf('webp', start.readUInt16LE(26) & 0x3fff, start.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      // Lossless: a signature byte, then 14 bits each of width and height less one.
      if (start.length < 25 || start[20] !== 0x2f) {
        return undefined;
      }
      const sizes = start.readUInt32LE(21);
      return headerOf('webp', (sizes & 0x3fff) + 1, ((sizes >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X': // Extended: the canvas, 24 bits each of width and height less one.
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
