/** So many requests of a process may wait for one key. */
export const MAX_WAITING = 16;

/** The places of those who wait for requests of other processes, by key. */
export class WaitingPlaces {
  private readonly taken = new Map<string, number>();

  /**
   * Takes a place for as long as one waits: whoever came later must not put out whoever has looked already.
   *
   * @returns what gives it back, once; undefined where there is none
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
