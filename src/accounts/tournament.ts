/**
 * A tournament tree. It knows the best of the participating contenders, and updates it with a few
 * comparisons when one of them changes. Contenders are identified by number. Ties go to the lower
 * number, as in a scan from first to last.
 */
export class Tournament {
  /**
   * A power of two. Node 1 is the final, node k is the match between 2k and 2k + 1, and the last
   * nodes are the contenders.
   */
  private readonly size: number;
  /** By node, the number of the winner; -1 if no contender participates. */
  private readonly winners: Int32Array;
  /** By node, when the first absent contender returns. */
  private readonly returns: Float64Array;

  /** @param isBetter whether the second is preferred to the first */
  constructor(
    count: number,
    private readonly isBetter: (first: number, second: number) => boolean,
  ) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
    this.winners = new Int32Array(2 * this.size).fill(-1);
    this.returns = new Float64Array(2 * this.size).fill(Number.POSITIVE_INFINITY);
  }

  /** The best contender; undefined if none participates. */
  get winner(): number | undefined {
    const [, winner] = this.winners;
    return winner === -1 ? undefined : winner;
  }

  takesPart(contender: number): boolean {
    return this.winners[this.size + contender] === contender;
  }

  /**
   * Sets the state of some contenders.
   *
   * @param outUntil until when a contender is absent, Infinity if only a change brings it back;
   * undefined if it participates
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
    // Plays each match once, instead of thirteen matches for each of thousands of contenders.
    for (let node = this.size - 1; node > 0 && areMany; node -= 1) {
      this.play(node);
    }
  }

  /** Calls `tell` with each contender whose absence is over. */
  forEachReturned(now: number, tell: (contender: number) => void, node = 1): void {
    if (!((this.returns[node] ?? Number.POSITIVE_INFINITY) <= now)) {
      return;
    }
    if (node >= this.size) {
      tell(node - this.size);
      return;
    }
    this.forEachReturned(now, tell, 2 * node);
    this.forEachReturned(now, tell, 2 * node + 1);
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
