import type { SlabPool } from './slab-pool';
import { Slabs } from './slabs';

/** The memory that the images of one request take, until its client has them or has gone. */
export class RequestMemory {
  private readonly opened: Slabs[] = [];

  constructor(private readonly pool: SlabPool) {}

  /** Slabs for the bytes of one answer. */
  slabs(): Slabs {
    const slabs = new Slabs(this.pool);
    this.opened.push(slabs);
    return slabs;
  }

  /** The end of the request: whatever was cut from its slabs is void from now on. */
  release(): void {
    for (const slabs of this.opened) {
      slabs.release();
    }
  }
}
