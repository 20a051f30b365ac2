import type { JsonBlob } from '../json/json-blob';

/**
 * Finds bytes in a blob from its start to its end. It never goes back, and remembers in which slice it stands: a
 * blob of thousands of slices is walked through once, however often something is looked for.
 */
export class BlobCursor {
  private index = 0;
  /** Where the slice at `index` begins in the blob. */
  private offset = 0;

  constructor(private readonly blob: JsonBlob) {}

  /** The place of the next such byte at `from` or behind it, or -1. `from` is at no earlier place than the last. */
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

  /** The byte at a place that is not before the last one; undefined past the end. */
  byteAt(place: number): number | undefined {
    return this.chunkAt(place)?.[place - this.offset];
  }

  /** A few bytes from a place that is not before the last one. The cursor does not move past that place. */
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
