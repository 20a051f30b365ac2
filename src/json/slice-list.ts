/** Below this many bytes, a copy costs less than another Buffer object. */
const COPY_BELOW_BYTES = 256;
/** Small enough for Node's own buffer pool, so that a list with one short piece costs little. */
const SCRATCH_BYTES = 2048;

const EMPTY = Buffer.alloc(0);

/**
 * Bytes in the order in which they were added, kept as slices of the buffers they arrived in. Short
 * pieces are copied together: otherwise each byte of a body in one-byte chunks would become a
 * Buffer object of a hundred bytes.
 */
export class SliceList {
  private readonly sealed: Buffer[] = [];
  private scratch = EMPTY;
  private scratchStart = 0;
  private scratchEnd = 0;
  private length = 0;

  get byteLength(): number {
    return this.length;
  }

  /** Adds a slice, without copying it if it is long: its memory must not change later. */
  add(slice: Buffer): void {
    this.length += slice.length;
    if (slice.length >= COPY_BELOW_BYTES) {
      this.seal();
      this.sealed.push(slice);
      return;
    }
    this.reserve(slice.length);
    this.scratch.set(slice, this.scratchEnd);
    this.scratchEnd += slice.length;
  }

  addByte(byte: number): void {
    this.length += 1;
    this.reserve(1);
    this.scratch[this.scratchEnd] = byte;
    this.scratchEnd += 1;
  }

  /** Everything that was added so far, in order. */
  slices(): readonly Buffer[] {
    this.seal();
    return this.sealed;
  }

  private reserve(bytes: number): void {
    if (this.scratchEnd + bytes > this.scratch.length) {
      this.seal();
      this.scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
      this.scratchStart = 0;
      this.scratchEnd = 0;
    }
  }

  private seal(): void {
    if (this.scratchEnd > this.scratchStart) {
      this.sealed.push(this.scratch.subarray(this.scratchStart, this.scratchEnd));
      this.scratchStart = this.scratchEnd;
    }
  }
}
