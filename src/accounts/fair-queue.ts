/**
 * A queue that is fair first between consumers, then between the requests of each. The next item
 * belongs to the consumer that was served least recently, and within it to the request that was
 * served least recently; of that request's items the oldest is next. One consumer with a hundred
 * requests cannot starve another with one, nor can one request for ten images starve ten requests
 * for one.
 */
export class FairQueue<T> {
  /** By consumer, then by request, in the order in which they will be served. */
  private readonly consumers = new Map<string, Map<object, Set<T>>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Whether any item of the request is waiting. */
  has(consumer: string, request: object): boolean {
    return this.consumers.get(consumer)?.has(request) === true;
  }

  add(consumer: string, request: object, item: T): void {
    const requests = this.consumers.get(consumer) ?? new Map<object, Set<T>>();
    const items = requests.get(request) ?? new Set();
    items.add(item);
    requests.set(request, items);
    this.consumers.set(consumer, requests);
    this.count += 1;
  }

  /** Removes an item that no longer waits; its consumer and its request keep their turns. */
  remove(consumer: string, request: object, item: T): void {
    const requests = this.consumers.get(consumer);
    const items = requests?.get(request);
    if (items?.delete(item) !== true) {
      return;
    }
    this.count -= 1;
    if (items.size === 0) {
      requests?.delete(request);
    }
    if (requests?.size === 0) {
      this.consumers.delete(consumer);
    }
  }

  /**
   * Moves a served consumer behind all others, and the request behind the consumer's other
   * requests.
   */
  served(consumer: string, request: object): void {
    const requests = this.consumers.get(consumer);
    if (requests !== undefined) {
      moveToEnd(requests, request);
      moveToEnd(this.consumers, consumer);
    }
  }

  /**
   * The waiting items in the order in which they will be served: one of each consumer, then the
   * second of each, …
   */
  inTurn(): readonly T[] {
    return inTurn(
      [...this.consumers.values()].map((requests) =>
        inTurn([...requests.values()].map((items) => [...items])),
      ),
    );
  }
}

function moveToEnd<K, V>(map: Map<K, V>, key: K): void {
  const value = map.get(key);
  if (value !== undefined) {
    map.delete(key);
    map.set(key, value);
  }
}

/** The first of each row, then the second of each, … */
function inTurn<T>(rows: readonly (readonly T[])[]): readonly T[] {
  if (rows.length === 1) {
    return rows[0] ?? [];
  }
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: longest }, (_, round) =>
    rows.flatMap((row) => row.slice(round, round + 1)),
  ).flat();
}
