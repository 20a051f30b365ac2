/** A time-out that stands still while one waits for something that is not its business. */
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

  /** What the promise comes to; the time stands still until then. */
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

  /** It has not to be waited for any more. */
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
