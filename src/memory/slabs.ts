import { SLAB_BYTES, type SlabPool } from './slab-pool';

/** With fewer bytes left, the rest of a slab is not worth a read. */
const MIN_SPACE = 16 * 1024;

/**
 * The bytes of one response, in slabs that are returned to their pool when they are no longer
 * needed.
 */
export class Slabs {
  private held: Buffer[] = [];
  private open: Buffer | undefined;
  /** How many bytes of the open slab are used. */
  private taken = 0;
  private isReleased = false;

  constructor(private readonly pool: SlabPool) {}

  /** The space for the next bytes. It stays the same until it is used. */
  space(): Buffer {
    if (this.open === undefined || SLAB_BYTES - this.taken < MIN_SPACE) {
      this.open = this.begin();
      this.taken = 0;
    }
    return this.open.subarray(this.taken);
  }

  /** Keeps the first bytes of the space, which have been written. */
  take(bytes: number): void {
    this.taken += bytes;
  }

  /**
   * Copies bytes into the slabs and passes the copy on, in several pieces if it spans several
   * slabs.
   */
  copy(bytes: Buffer, onCopied: (copy: Buffer) => void): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.space();
      const copied = bytes.copy(space, 0, at);
      this.take(copied);
      at += copied;
      onCopied(space.subarray(0, copied));
    }
  }

  /** Returns every slab that holds none of the slices. Nothing may be written after this. */
  keepOnly(slices: readonly Buffer[]): void {
    const needed = new Set(slices.map(({ buffer }) => buffer));
    const isNeeded = ({ buffer }: Buffer): boolean => needed.has(buffer);
    this.pool.release(this.held.filter((slab) => !isNeeded(slab)));
    this.held = this.held.filter(isNeeded);
    this.open = undefined;
  }

  /** Returns all slabs. Their slices must not be read from now on. */
  release(): void {
    this.isReleased = true;
    this.keepOnly([]);
  }

  private begin(): Buffer {
    const slab = this.pool.take();
    // After `release()` nothing would return it, so it is left to the garbage collector.
    if (!this.isReleased) {
      this.held.push(slab);
    }
    return slab;
  }
}
