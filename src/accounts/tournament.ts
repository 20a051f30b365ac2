/**
 * A tournament tree. It keeps the best of the contenders that take part, and finds it again in a
 * few comparisons when one of them changes. A contender is known by its number. Ties go to the
 * lower number, as in a scan from first to last.
 */
export class Tournament {
  /** A power of two. Node 1 is the final, node k is played between 2k and 2k + 1, the last are the contenders. */
  private readonly size: number;
  /** By node, the number of the winner; -1 if no contender takes part. */
  private readonly winners: Int32Array;
  /** By node, when the first contender that is out returns. */
  private readonly returns: Float64Array;

  /** @param isBetter whether the second is to be taken before the first */
  constructor(
    count: number,
    private readonly isBetter: (first: number, second: number) => boolean,
  ) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
    this.winners = new Int32Array(2 * this.size).fill(-1);
    this.returns = new Float64Array(2 * this.size).fill(Number.POSITIVE_INFINITY);
  }

  /** The best contender; undefined if none takes part. */
  get winner(): number | undefined {
    const [, winner] = this.winners;
    return winner === -1 ? undefined : winner;
  }

  takesPart(contender: number): boolean {
    return this.winners[this.size + contender] === contender;
  }

  /**
   * Sets the state of some contenders from now on.
   *
   * @param outUntil until when a contender is out, Infinity if only a change brings it back;
   * undefined if it takes part
   */
  update(
    contenders: ReadonlySet<number>,
    outUntil: (contender: number) => number | undefined,
  ): void {
    const areMany = contenders.size * 8 > this.size;
    for (const contender of contenders) {
      const until = outUntil(contender);
      const place = this.size + contender;
      this.winners[place] = until === undefined ? contender : -1;
      this.returns[place] = until ?? Number.POSITIVE_INFINITY;
      for (let node = place >> 1; node > 0 && !areMany; node >>= 1) {
        this.play(node);
      }
    }
    // Each match once, instead of thirteen for each of thousands.
    for (let node = this.size - 1; node > 0 && areMany; node -= 1) {
      this.play(node);
    }
  }

  /** Calls `tell` with each contender whose time out is over by then. */
  forEachBack(now: number, tell: (contender: number) => void, node = 1): void {
    if (!((this.returns[node] ?? Number.POSITIVE_INFINITY) <= now)) {
      return;
    }
    if (node >= this.size) {
      tell(node - this.size);
      return;
    }
    this.forEachBack(now, tell, 2 * node);
    this.forEachBack(now, tell, 2 * node + 1);
  }

  private play(node: number): void {
    const { winners, returns } = this;
    const first = winners[2 * node] ?? -1;
    const second = winners[2 * node + 1] ?? -1;
    const isSecond = first === -1 || (second !== -1 && this.isBetter(first, second));
    winners[node] = isSecond ? second : first;
    returns[node] = Math.min(returns[2 * node] ?? 0, returns[2 * node + 1] ?? 0);
  }
}
