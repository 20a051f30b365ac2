/** Another replica has taken a lease on an account (+1) or returned one (-1). */
export interface LeaseChange {
  /** Changes and counts share one sequence, in the order in which Redis saw them. */
  readonly sequence: number;
  readonly change: number;
  readonly email: string;
}

/**
 * One connection may be ahead of the other by this many changes, far more than occur during one
 * reply.
 */
const REMEMBERED = 1024;

/**
 * How many leases other replicas hold on each account. Counts come as replies on one connection and
 * changes as messages on another, so either may be late: the sequence number tells which is newer.
 */
export class RemoteLeaseCounts {
  private counts = new Map<string, { readonly count: number; readonly sequence: number }>();
  private countedUpTo = 0;
  private recent: LeaseChange[] = [];

  of(email: string): number {
    return this.counts.get(email)?.count ?? 0;
  }

  onChange(change: LeaseChange): void {
    this.recent.push(change);
    if (this.recent.length > 2 * REMEMBERED) {
      this.recent = this.recent.slice(-REMEMBERED);
    }
    this.apply(change);
  }

  /** Sets one account's count, as of `sequence`. */
  setCount(email: string, count: number, sequence: number): void {
    this.counts.set(email, { count, sequence });
    this.recent
      .filter((change) => change.email === email)
      .forEach((change) => {
        this.apply(change);
      });
  }

  /** Sets the counts of all accounts, as of `sequence`; an account that is missing has none. */
  setAll(counts: ReadonlyMap<string, number>, sequence: number): void {
    this.countedUpTo = sequence;
    this.counts = new Map([...counts].map(([email, count]) => [email, { count, sequence }]));
    this.recent.forEach((change) => {
      this.apply(change);
    });
  }

  clear(): void {
    this.counts.clear();
    this.recent = [];
  }

  private apply({ email, change, sequence }: LeaseChange): void {
    const known = this.counts.get(email) ?? { count: 0, sequence: this.countedUpTo };
    if (sequence > known.sequence) {
      this.counts.set(email, { count: Math.max(0, known.count + change), sequence });
    }
  }
}
