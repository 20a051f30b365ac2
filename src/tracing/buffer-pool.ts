/** Keeps large buffers for reuse. */
export class BufferPool {
  private readonly free: Buffer[] = [];

  /** @param capacity how many are kept; the garbage collector gets the others */
  constructor(private readonly capacity: number) {}

  /** A buffer with at least this many bytes, which have any values. */
  take(bytes: number): Buffer {
    const buffer = this.free.pop();
    // One that is too small is dropped, so that large ones replace it.
    return buffer !== undefined && buffer.length >= bytes
      ? buffer
      : Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
  }

  /** @param buffer which nothing reads or writes any more */
  give(buffer: Buffer): void {
    if (this.free.length < this.capacity) {
      this.free.push(buffer);
    }
  }
}
