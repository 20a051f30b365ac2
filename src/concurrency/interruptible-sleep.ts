/** Waits that somebody may end early. They keep no process alive. */
export class InterruptibleSleep {
  private readonly wakers = new Set<() => void>();

  /** Resolves after so many milliseconds, or with the next `wake`. */
  async for(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms).unref();
      this.wakers.add(wake);
    });
  }

  /** Ends the waits of now. */
  wake(): void {
    for (const wake of [...this.wakers]) {
      wake();
    }
  }
}
