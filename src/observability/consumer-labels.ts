/** The label of every consumer that has none of its own. */
const OTHER = 'other';

/** Which consumers have a label of their own: the first that come, since each is a time series for good. */
export class ConsumerLabels {
  private readonly own = new Set<string>();

  constructor(private readonly most: number) {}

  /** @param name undefined where nobody has been identified */
  of(name: string | undefined): string {
    if (name === undefined) {
      return OTHER;
    }
    if (!this.own.has(name)) {
      if (this.own.size >= this.most) {
        return OTHER;
      }
      this.own.add(name);
    }
    return name;
  }
}
