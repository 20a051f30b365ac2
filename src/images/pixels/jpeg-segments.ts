import type { ByteWindow } from './byte-window';

/**
 * A JPEG may hold megabytes of EXIF, ICC and C2PA before its frame header, in segments of at most
 * 64 KiB each. This is enough for 64 MiB.
 */
const MAX_HOPS = 1024;

/** SOS: the first scan begins. */
export const START_OF_SCAN = 0xda;

/** A segment of a JPEG; `at` is the offset of its 0xff. */
export interface JpegSegment {
  readonly marker: number;
  readonly at: number;
}

/**
 * The segments of a JPEG up to its first scan header, by their stated lengths. It ends early if
 * there is no further segment.
 */
export function* jpegSegments(window: ByteWindow): Generator<JpegSegment, void, void> {
  let at = 2;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const start = window(at, at + 4);
    const marker = start[1];
    if (start.length < 4 || start[0] !== 0xff || marker === undefined) {
      return;
    }
    if (marker === 0xff) {
      at += 1; // Any number of 0xff may precede a marker.
    } else if (standsAlone(marker)) {
      at += 2;
    } else if (endsHeaders(marker)) {
      return;
    } else {
      yield { marker, at };
      if (marker === START_OF_SCAN) {
        return;
      }
      at += 2 + start.readUInt16BE(2);
    }
  }
}

/** SOF0 to SOF15, without the three in that range that mean something else: DHT, JPG and DAC. */
export function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** SOF2, 6, 10 and 14. */
export function isProgressive(marker: number): boolean {
  return isFrameHeader(marker) && (marker & 3) === 2;
}

/** TEM and RST0 to RST7 are markers without a segment. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** SOI and EOI: no frame header follows them. 0 is not a marker. */
function endsHeaders(marker: number): boolean {
  return marker === 0x00 || marker === 0xd8 || marker === 0xd9;
}
