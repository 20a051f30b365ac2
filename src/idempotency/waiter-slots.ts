/** The maximum number of requests of a process that may wait for one key. */
export const MAX_WAITING = 16;

/** Limits how many requests wait for a request of another process, by key. */
export class WaiterSlots {
  private readonly taken = new Map<string, number>();

  /**
   * Takes a slot until the wait ends: a later request must not displace one that is already polling.
   *
   * @returns a function that returns the slot, once; undefined if no slot is free
   */
  take(key: string): (() => void) | undefined {
    const taken = this.taken.get(key) ?? 0;
    if (taken >= MAX_WAITING) {
      return undefined;
    }
    this.taken.set(key, taken + 1);
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.giveBack(key);
      }
    };
  }

  private giveBack(key: string): void {
    const left = (this.taken.get(key) ?? 1) - 1;
    if (left === 0) {
      this.taken.delete(key);
    } else {
      this.taken.set(key, left);
    }
  }
}
