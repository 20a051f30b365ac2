import { randomUUID } from 'node:crypto';

/**
 * The names of this replica's entries in Redis: leases held, leases being requested, and waiting
 * requests.
 */
export class LocalLeases {
  readonly replica = randomUUID();
  private readonly held = new Map<object, string>();
  private readonly requested = new Set<string>();
  private readonly waiters = new Map<object, string>();
  private names = 0;

  /** The name of a lease that is about to be requested. */
  request(email: string): string {
    const lease = `${this.newName()} ${email}`;
    this.requested.add(lease);
    return lease;
  }

  /** The lease was granted. */
  hold(place: object, lease: string): void {
    this.requested.delete(lease);
    this.held.set(place, lease);
  }

  /** The lease was refused. */
  cancel(lease: string): void {
    this.requested.delete(lease);
  }

  /** The name of the lease that ends; undefined if there was none. */
  release(place: object): string | undefined {
    const lease = this.held.get(place);
    this.held.delete(place);
    return lease;
  }

  /** The name of a request that begins to wait; undefined if it is already waiting. */
  startWaiting(party: object, consumer: string): string | undefined {
    if (this.waiters.has(party)) {
      return undefined;
    }
    const name = `${this.newName()}:${consumer}`;
    this.waiters.set(party, name);
    return name;
  }

  /** The name of a request that no longer waits; undefined if it never did. */
  stopWaiting(party: object): string | undefined {
    const name = this.waiters.get(party);
    this.waiters.delete(party);
    return name;
  }

  waiterName(party: object): string | undefined {
    return this.waiters.get(party);
  }

  /** All names in the form that sync.lua expects: three lists, each after its length. */
  lists(): readonly (string | number)[] {
    const lists = [[...this.held.values()], [...this.requested], [...this.waiters.values()]];
    return lists.flatMap((list): (string | number)[] => [list.length, ...list]);
  }

  private newName(): string {
    this.names += 1;
    return `${this.replica}:${this.names}`;
  }
}
