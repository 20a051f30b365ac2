/**
 * Reports once when spans cannot be delivered, and once when they can again, instead of for each
 * failed batch.
 */
export class DeliveryReport {
  private lost = 0;

  /** @returns what to report now; undefined if it was reported already */
  failed(spans: number, reason: string): string | undefined {
    const isFirst = this.lost === 0;
    this.lost += spans;
    return isFirst
      ? `traces cannot be delivered (${reason}): they are dropped, requests are served as before`
      : undefined;
  }

  delivered(): string | undefined {
    const { lost } = this;
    this.lost = 0;
    return lost === 0
      ? undefined
      : `traces are delivered again: ${lost} ${lost === 1 ? 'span was' : 'spans were'} lost`;
  }
}
