/**
 * The size of a slab, in bytes: large enough for few slabs per image, small enough for the
 * processor's cache.
 */
export const SLAB_BYTES = 256 * 1024;

/** How often slabs that have been free for as long are given up, in milliseconds. */
const TRIM_MS = 5000;

/**
 * How many slabs are never given up, 32 MB: enough for the largest usual image. The kernel hands out memory by
 * pages of 4 KB, each cleared and mapped by itself: to copy 16 MB took 7 ms of CPU into new slabs and 1 ms into used ones.
 */
const KEPT_SLABS = 128;

/** How many slabs are given up in one turn of the event loop: each takes 45 µs. */
const GIVEN_UP_PER_TURN = 64;

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
  /** How many of them are kept all the same; only tests change it. */
  readonly keptSlabs?: number;
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

  constructor(private readonly options: SlabPoolOptions = {}) {}

  take(): Buffer {
    const slab = this.free.pop() ?? newSlab();
    this.fewestFree = Math.min(this.fewestFree, this.free.length);
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
    if (this.free.length > this.keptSlabs) {
      this.timer ??= setInterval(() => {
        this.trim();
      }, this.options.trimMs ?? TRIM_MS).unref();
    }
  }

  private get keptSlabs(): number {
    return this.options.keptSlabs ?? KEPT_SLABS;
  }

  private trim(): void {
    const tooMany = Math.max(0, this.free.length - this.keptSlabs);
    giveUp(this.free.splice(0, Math.min(this.fewestFree, tooMany)));
    this.fewestFree = this.free.length;
    if (this.free.length <= this.keptSlabs) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }
}

/** ES2024, which Node 20 has and TypeScript's library for it has not. */
type ResizableArrayBuffer = ArrayBuffer & { resize(bytes: number): void };
type ResizableConstructor = new (
  bytes: number,
  options: { maxByteLength: number },
) => ResizableArrayBuffer;

/**
 * Memory that can be given back to the system. Any other goes with the next garbage collection, which an idle process
 * does not have: 30 s after 500 MB of images it still had 670 MB.
 */
function newSlab(): Buffer {
  const memory = new (ArrayBuffer as unknown as ResizableConstructor)(SLAB_BYTES, {
    maxByteLength: SLAB_BYTES,
  });
  return Buffer.from(memory, 0, SLAB_BYTES);
}

function giveUp(slabs: Buffer[]): void {
  for (const { buffer } of slabs.splice(0, GIVEN_UP_PER_TURN)) {
    (buffer as ResizableArrayBuffer).resize(0);
  }
  if (slabs.length > 0) {
    setImmediate(giveUp, slabs).unref();
  }
}
