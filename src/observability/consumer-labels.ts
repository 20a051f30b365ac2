/** The label of every consumer that has none of its own. */
const OTHER = 'other';

/**
 * The consumers with a label of their own: the first to send a request, because each label is a
 * permanent time series.
 */
export class ConsumerLabels {
  private readonly own = new Set<string>();

  constructor(private readonly most: number) {}

  /** @param name undefined if no consumer was identified */
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
