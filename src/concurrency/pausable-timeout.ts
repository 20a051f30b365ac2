/** A timeout that can be paused during waits that must not count. */
export class PausableTimeout {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private pauses = 0;

  constructor(private leftMs: number) {
    this.start();
  }

  /** Aborted when the time is up. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Awaits the promise; the timeout is paused until it settles. */
  async pausedFor<T>(promise: Promise<T>): Promise<T> {
    this.pauses += 1;
    if (this.pauses === 1) {
      this.leftMs -= performance.now() - this.startedAt;
      clearTimeout(this.timer);
    }
    try {
      return await promise;
    } finally {
      this.pauses -= 1;
      if (this.pauses === 0) {
        this.start();
      }
    }
  }

  /** The work is done: clears the timeout. */
  end(): void {
    this.pauses = Number.POSITIVE_INFINITY;
    clearTimeout(this.timer);
  }

  private start(): void {
    this.startedAt = performance.now();
    this.timer = setTimeout(() => {
      this.controller.abort();
    }, this.leftMs).unref();
  }
}
