/**
 * The size of a slab, in bytes: large enough for few slabs per image, small enough for the
 * processor's cache.
 */
export const SLAB_BYTES = 256 * 1024;

/** How often slabs that have been free for as long are given up, in milliseconds. */
const TRIM_MS = 1000;

/**
 * Slabs of so many bytes that were dropped are worth a collection, while nothing goes on: V8 has none by itself then, and
 * an idle process would keep for hours what one minute of work needed.
 */
const WORTH_COLLECTING_BYTES = 32 * 1024 * 1024;

/**
 * The filling of a poisoned slab: a control character, which JSON forbids in a string. 0xDD would
 * become U+FFFD in a client that decodes UTF-8, and JSON accepts that as text.
 */
const POISON = 0x01;

export interface SlabPoolOptions {
  /** Overwrites returned slabs with 0x01, so that a late read of a slice shows. */
  readonly isPoisoning?: boolean;
  /** How often to free unused slabs, in milliseconds; only tests change it. */
  readonly trimMs?: number;
  /** Frees what has been dropped. It may hold the event loop, and is only called when nothing goes on. */
  readonly collectGarbage?: () => void;
}

/**
 * Memory for the bytes of images, used again and again. Fresh memory for each image costs more than all
 * the copying: Node's chunks of 64 KiB outlive V8's young generation while an image is on its way, and at
 * 16 MB cleaning up after them took two fifths of the CPU.
 */
export class SlabPool {
  private readonly free: Buffer[] = [];
  /** The smallest number of free slabs since the last look: so many were not needed. */
  private fewestFree = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Of those dropped since the last collection. */
  private droppedBytes = 0;
  private wasUsed = false;

  constructor(private readonly options: SlabPoolOptions = {}) {}

  take(): Buffer {
    const slab = this.free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.fewestFree = Math.min(this.fewestFree, this.free.length);
    this.wasUsed = true;
    return slab;
  }

  /**
   * Takes slabs back. None of their slices may be in use any more, because they are reused at once.
   */
  giveBack(slabs: readonly Buffer[]): void {
    if (this.options.isPoisoning === true) {
      for (const slab of slabs) {
        slab.fill(POISON);
      }
    }
    this.free.push(...slabs);
    if (this.free.length > 0) {
      this.timer ??= setInterval(() => {
        this.trim();
      }, this.options.trimMs ?? TRIM_MS).unref();
    }
  }

  private trim(): void {
    this.droppedBytes += this.free.splice(0, this.fewestFree).length * SLAB_BYTES;
    this.fewestFree = this.free.length;
    const isIdle = !this.wasUsed && this.free.length === 0;
    this.wasUsed = false;
    if (isIdle) {
      clearInterval(this.timer);
      this.timer = undefined;
      if (this.droppedBytes >= WORTH_COLLECTING_BYTES) {
        this.droppedBytes = 0;
        this.options.collectGarbage?.();
      }
    }
  }
}
