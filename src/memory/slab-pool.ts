/**
 * The size of a slab, in bytes: large enough for few slabs per image, small enough for the CPU
 * cache.
 */
export const SLAB_BYTES = 256 * 1024;

/** The interval at which slabs that have been free all along are dropped, in milliseconds. */
const TRIM_MS = 1000;

/**
 * Once this many bytes of slabs were dropped, a garbage collection is worthwhile while the process
 * is idle: V8 does not start one by itself then, and an idle process would keep for hours what one
 * minute of work needed.
 */
const WORTH_COLLECTING_BYTES = 32 * 1024 * 1024;

/**
 * The fill byte of a poisoned slab: a control character, which JSON forbids in a string. 0xDD would
 * become U+FFFD in a client that decodes UTF-8, and JSON accepts that as text.
 */
const POISON = 0x01;

export interface SlabPoolOptions {
  /** Overwrites returned slabs with 0x01, so that a late read of a slice is noticed. */
  readonly isPoisoning?: boolean;
  /** How often to free unused slabs, in milliseconds; only tests change it. */
  readonly trimMs?: number;
  /**
   * Collects what was dropped. It may block the event loop, and is only called while the process is
   * idle.
   */
  readonly collectGarbage?: () => void;
}

/**
 * Reusable memory for the bytes of images. Fresh memory for each image costs more than all the
 * copying: Node's chunks of 64 KiB outlive V8's young generation while an image is being received,
 * and at 16 MB collecting them took two fifths of the CPU.
 */
export class SlabPool {
  private readonly free: Buffer[] = [];
  /** The smallest number of free slabs since the last trim: this many were not needed. */
  private fewestFree = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The bytes dropped since the last collection. */
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
   * Takes slabs back. None of their slices may still be in use, because slabs are reused at once.
   */
  release(slabs: readonly Buffer[]): void {
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
