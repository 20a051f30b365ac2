interface Look {
  readonly consumers: readonly string[];
  /** @param isDone false if the database failed */
  readonly done: (isDone: boolean) => void;
}

/** Queries for the current usage, which the next batch carries out. */
export class QuotaLooks {
  private looks: Look[] = [];

  get size(): number {
    return this.looks.length;
  }

  add(look: Look): void {
    this.looks.push(look);
  }

  /** Takes all of them out, as one. */
  take(): Look {
    const looks = this.looks.splice(0);
    return {
      consumers: [...new Set(looks.flatMap(({ consumers }) => consumers))],
      done: (isDone) => {
        looks.forEach(({ done }) => {
          done(isDone);
        });
      },
    };
  }
}
