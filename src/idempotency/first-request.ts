import type { GatewayError } from '../errors/gateway-error';
import type { OpenedResponse } from './kept-contents';

/** What others who wait for a request get. */
export type FirstOutcome =
  | { readonly kind: 'kept'; readonly content: string }
  /** Nothing keeps it, but those who wait get it all the same. */
  | { readonly kind: 'passing'; readonly opened: OpenedResponse }
  | { readonly kind: 'fault'; readonly error: GatewayError; readonly requestId: string }
  /** Nobody knows what has become of it: whoever waits may be the first now. */
  | { readonly kind: 'nothing' };

/** So many may wait for one request. */
const MAX_WAITING = 16;

/** A request of this process that is the first with its key, and those who wait for it. */
export class FirstRequest {
  private readonly listeners = new Set<(outcome: FirstOutcome) => void>();
  private outcome: FirstOutcome | undefined;

  constructor(
    readonly owner: string,
    readonly keyDigest: string,
    readonly requestId: string,
    readonly fingerprint: string,
  ) {}

  get isFull(): boolean {
    return this.listeners.size >= MAX_WAITING;
  }

  get isWaitedFor(): boolean {
    return this.listeners.size > 0;
  }

  /**
   * Waits for what comes of it; undefined where that takes too long.
   *
   * @throws the signal's reason when that is aborted
   */
  wait(leftMs: number, signal: AbortSignal): Promise<FirstOutcome | undefined> {
    signal.throwIfAborted();
    if (this.outcome !== undefined) {
      return Promise.resolve(this.outcome);
    }
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.listeners.delete(onOutcome);
        signal.removeEventListener('abort', onAbort);
      };
      const onOutcome = (outcome: FirstOutcome | undefined): void => {
        stop();
        resolve(outcome);
      };
      const onAbort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        onOutcome(undefined);
      }, leftMs);
      this.listeners.add(onOutcome);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  end(outcome: FirstOutcome): void {
    this.outcome = outcome;
    for (const listener of [...this.listeners]) {
      listener(outcome);
    }
  }
}
