import { randomUUID } from 'node:crypto';

/**
 * The names of this replica's entries in Redis: leases held, leases being requested, and waiting
 * requests.
 */
export class LocalLeases {
  readonly replica = randomUUID();
  private readonly held = new Set<string>();
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
  hold(lease: string): void {
    this.requested.delete(lease);
    this.held.add(lease);
  }

  /** The lease was refused. */
  cancel(lease: string): void {
    this.requested.delete(lease);
  }

  /** The lease ends. */
  release(lease: string): void {
    this.held.delete(lease);
  }

  /** The name of a request that begins to wait; undefined if it is already waiting. */
  startWaiting(request: object, consumer: string): string | undefined {
    if (this.waiters.has(request)) {
      return undefined;
    }
    const name = `${this.newName()}:${consumer}`;
    this.waiters.set(request, name);
    return name;
  }

  /** The name of a request that no longer waits; undefined if it never did. */
  stopWaiting(request: object): string | undefined {
    const name = this.waiters.get(request);
    this.waiters.delete(request);
    return name;
  }

  waiterName(request: object): string | undefined {
    return this.waiters.get(request);
  }

  /** All names in the form that sync.lua expects: three lists, each after its length. */
  lists(): readonly (string | number)[] {
    const lists = [[...this.held], [...this.requested], [...this.waiters.values()]];
    return lists.flatMap((list): (string | number)[] => [list.length, ...list]);
  }

  private newName(): string {
    this.names += 1;
    return `${this.replica}:${this.names}`;
  }
}
