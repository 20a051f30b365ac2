import { jpegSegments, START_OF_SCAN } from './jpeg-segments';

/**
 * EOI. Inside a scan, a 0xff of the image data is followed by 0, so this sequence means nothing
 * else there.
 */
const END = Buffer.from([0xff, 0xd9]);

/**
 * The JPEG with the end marker that some writers omit, as a copy; the same bytes if the marker is
 * present or it is not a JPEG. libjpeg treats a missing end marker as truncation. Once it is added,
 * libjpeg tells the two apart: it warns of missing pixels, so code that decodes the result must
 * treat warnings as errors.
 */
export function withJpegEnd(bytes: Buffer): Buffer {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    return bytes;
  }
  const window = (start: number, end: number): Buffer => bytes.subarray(start, end);
  for (const { marker, at } of jpegSegments(window)) {
    if (marker === START_OF_SCAN) {
      // After the header of the scan: what precedes it may hold a thumbnail with its own end
      // marker.
      return bytes.includes(END, at + 2) ? bytes : Buffer.concat([bytes, END]);
    }
  }
  return bytes;
}
