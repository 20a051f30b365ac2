/** One place of an account has been taken (+1) or given back (-1) by some other replica. */
export interface PlaceNews {
  /** News and counts are numbered alike, in the order in which Redis saw them. */
  readonly sequence: number;
  readonly change: number;
  readonly email: string;
}

/**
 * What is on one connection may overtake what is on the other by this many pieces of news, far more
 * than happen while an answer is on its way.
 */
const REMEMBERED = 1024;

/**
 * How many places of each account other replicas hold. Counts come as answers on one connection and
 * changes as news on another, so that either may be late: each is weighed by its number.
 */
export class PlacesElsewhere {
  private counts = new Map<string, { readonly count: number; readonly sequence: number }>();
  private countedUpTo = 0;
  private recent: PlaceNews[] = [];

  of(email: string): number {
    return this.counts.get(email)?.count ?? 0;
  }

  /** A change somewhere else. */
  heard(news: PlaceNews): void {
    this.recent.push(news);
    if (this.recent.length > 2 * REMEMBERED) {
      this.recent = this.recent.slice(-REMEMBERED);
    }
    this.apply(news);
  }

  /** One account's count, as it was when `sequence` was the latest number. */
  counted(email: string, count: number, sequence: number): void {
    this.counts.set(email, { count, sequence });
    this.recent
      .filter((news) => news.email === email)
      .forEach((news) => {
        this.apply(news);
      });
  }

  /** The counts of all accounts; one that is not named has none. */
  countedAll(counts: ReadonlyMap<string, number>, sequence: number): void {
    this.countedUpTo = sequence;
    this.counts = new Map([...counts].map(([email, count]) => [email, { count, sequence }]));
    this.recent.forEach((news) => {
      this.apply(news);
    });
  }

  /** Nothing is known any more. */
  forget(): void {
    this.counts.clear();
    this.recent = [];
  }

  private apply({ email, change, sequence }: PlaceNews): void {
    const known = this.counts.get(email) ?? { count: 0, sequence: this.countedUpTo };
    if (sequence > known.sequence) {
      this.counts.set(email, { count: Math.max(0, known.count + change), sequence });
    }
  }
}
