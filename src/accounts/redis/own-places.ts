import { randomUUID } from 'node:crypto';

/**
 * What this replica has in Redis, by the names it has there: the places in use, those being asked
 * for, and the requests that wait.
 */
export class OwnPlaces {
  readonly replica = randomUUID();
  private readonly held = new Map<object, string>();
  private readonly asked = new Set<string>();
  private readonly parties = new Map<object, string>();
  private names = 0;

  /** A name for a place that is about to be asked for. */
  ask(email: string): string {
    const lease = `${this.newName()} ${email}`;
    this.asked.add(lease);
    return lease;
  }

  /** The place is in use from now on. */
  take(place: object, lease: string): void {
    this.asked.delete(lease);
    this.held.set(place, lease);
  }

  /** The place was not to be had. */
  forgo(lease: string): void {
    this.asked.delete(lease);
  }

  /** The name of a place that is in use no more; undefined where it never was. */
  release(place: object): string | undefined {
    const lease = this.held.get(place);
    this.held.delete(place);
    return lease;
  }

  /** The name of a request that begins to wait; undefined where it waits already. */
  wait(party: object): string | undefined {
    if (this.parties.has(party)) {
      return undefined;
    }
    const name = this.newName();
    this.parties.set(party, name);
    return name;
  }

  /** The name of a request that waits no more; undefined where it never did. */
  leave(party: object): string | undefined {
    const name = this.parties.get(party);
    this.parties.delete(party);
    return name;
  }

  nameOf(party: object): string | undefined {
    return this.parties.get(party);
  }

  /** All of it, as SYNC takes it: held, asked for and waiting, each list behind its length. */
  lists(): readonly (string | number)[] {
    const lists = [[...this.held.values()], [...this.asked], [...this.parties.values()]];
    return lists.flatMap((list): (string | number)[] => [list.length, ...list]);
  }

  private newName(): string {
    this.names += 1;
    return `${this.replica}:${this.names}`;
  }
}
