import type { JsonBlob } from '../json/json-blob';

/**
 * Finds bytes in a blob from its start to its end. It never goes back, and remembers its current
 * slice, so a blob of thousands of slices is traversed once, however many searches there are.
 */
export class BlobCursor {
  private index = 0;
  /** The offset in the blob of the slice at `index`. */
  private offset = 0;

  constructor(private readonly blob: JsonBlob) {}

  /**
   * The next position of this byte at or after `from`, or -1. `from` must not decrease between
   * calls.
   */
  indexOf(byte: number, from: number): number {
    let start = from;
    for (
      let chunk = this.chunkAt(start);
      chunk !== undefined;
      start = this.offset + chunk.length, chunk = this.chunkAt(start)
    ) {
      const found = chunk.indexOf(byte, start - this.offset);
      if (found !== -1) {
        return this.offset + found;
      }
    }
    return -1;
  }

  /** The byte at a position, which must not decrease between calls; undefined past the end. */
  byteAt(place: number): number | undefined {
    return this.chunkAt(place)?.[place - this.offset];
  }

  /**
   * A few bytes from a position, which must not decrease between calls. The cursor does not move
   * beyond it.
   */
  window(start: number, length: number): Buffer {
    const first = this.chunkAt(start);
    if (first === undefined) {
      return Buffer.alloc(0);
    }
    const pieces = [first.subarray(start - this.offset, start - this.offset + length)];
    let missing = length - (pieces[0]?.length ?? 0);
    for (let next = this.index + 1; missing > 0 && next < this.blob.chunks.length; next += 1) {
      const piece = this.blob.chunks[next]?.subarray(0, missing) ?? Buffer.alloc(0);
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
  }

  private chunkAt(place: number): Buffer | undefined {
    const { chunks } = this.blob;
    for (
      let chunk = chunks[this.index];
      chunk !== undefined && place >= this.offset + chunk.length;
      chunk = chunks[this.index]
    ) {
      this.offset += chunk.length;
      this.index += 1;
    }
    return chunks[this.index];
  }
}
