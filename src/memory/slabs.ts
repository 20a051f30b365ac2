import { SLAB_BYTES, type SlabPool } from './slab-pool';

/** Below this, in bytes, what is left of a slab is not worth a read of its own. */
const LEAST_SPACE = 16 * 1024;

/** The bytes of one response, in slabs that go back to their pool when they are no longer needed. */
export class Slabs {
  private held: Buffer[] = [];
  private open: Buffer | undefined;
  /** How much of the open slab is taken. */
  private taken = 0;
  private isReleased = false;

  constructor(private readonly pool: SlabPool) {}

  /** Where the next bytes are to be written. The space stays the same until it is taken. */
  space(): Buffer {
    if (this.open === undefined || SLAB_BYTES - this.taken < LEAST_SPACE) {
      this.open = this.begin();
      this.taken = 0;
    }
    return this.open.subarray(this.taken);
  }

  /** The first so many bytes of the space are written, and stay. */
  take(bytes: number): void {
    this.taken += bytes;
  }

  /** Copies bytes into the slabs, and hands the copy on, in several pieces if it takes several slabs. */
  copy(bytes: Buffer, onCopied: (copy: Buffer) => void): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.space();
      const copied = bytes.copy(space, 0, at);
      this.take(copied);
      at += copied;
      onCopied(space.subarray(0, copied));
    }
  }

  /** Gives back every slab that none of the slices is cut from. Nothing may be written after this. */
  keepOnly(slices: readonly Buffer[]): void {
    const needed = new Set(slices.map(({ buffer }) => buffer));
    const isNeeded = ({ buffer }: Buffer): boolean => needed.has(buffer);
    this.pool.giveBack(this.held.filter((slab) => !isNeeded(slab)));
    this.held = this.held.filter(isNeeded);
    this.open = undefined;
  }

  /** Gives back all. Whatever is cut from the slabs is void from now on. */
  release(): void {
    this.isReleased = true;
    this.keepOnly([]);
  }

  private begin(): Buffer {
    const slab = this.pool.take();
    // After the release no code would give it back: it is left to the garbage collector.
    if (!this.isReleased) {
      this.held.push(slab);
    }
    return slab;
  }
}
