import { jpegSegments, START_OF_SCAN } from './jpeg-segments';

/** EOI. In a scan a 0xff of the picture's own is followed by 0, so that this stands for nothing else there. */
const END = Buffer.from([0xff, 0xd9]);

/**
 * The JPEG with the end marker that some writers leave out, in a copy; the very bytes where it is there, and what is no
 * JPEG. libjpeg takes a missing end for a cut. With one put behind it, it tells the two apart: pixels that are
 * missing are warned of, so whoever decodes what comes from here has to mind warnings.
 */
export function withJpegEnd(bytes: Buffer): Buffer {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    return bytes;
  }
  const window = (start: number, end: number): Buffer => bytes.subarray(start, end);
  for (const { marker, at } of jpegSegments(window)) {
    if (marker === START_OF_SCAN) {
      // Behind the head of the scan: what stands before it may hold a thumbnail with an end of its own.
      return bytes.includes(END, at + 2) ? bytes : Buffer.concat([bytes, END]);
    }
  }
  return bytes;
}
