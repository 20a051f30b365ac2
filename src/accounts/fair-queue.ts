/**
 * A queue that is fair between parties: the party served least recently is next, and within a party
 * the oldest item. One request for ten images cannot starve ten requests for one.
 */
export class FairQueue<T> {
  /** By party, in the order in which they are to be served. */
  private readonly parties = new Map<object, Set<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Whether any item of the party is waiting. */
  has(party: object): boolean {
    return this.parties.has(party);
  }

  add(party: object, item: T): void {
    const items = this.parties.get(party) ?? new Set();
    items.add(item);
    this.parties.set(party, items);
    this.count += 1;
  }

  /** Removes an item that no longer waits; its party keeps its turn. */
  remove(party: object, item: T): void {
    const items = this.parties.get(party);
    if (items?.delete(item) === true) {
      this.count -= 1;
      if (items.size === 0) {
        this.parties.delete(party);
      }
    }
  }

  /** Moves a party that has been served behind all others. */
  served(party: object): void {
    const items = this.parties.get(party);
    if (items !== undefined) {
      this.parties.delete(party);
      this.parties.set(party, items);
    }
  }

  /** The waiting items in the order to serve them: one of each party, then the second of each, … */
  inTurn(): readonly T[] {
    const rows = [...this.parties.values()].map((items) => [...items]);
    const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
    return Array.from({ length: longest }, (_, round) =>
      rows.flatMap((row) => row.slice(round, round + 1)),
    ).flat();
  }
}
