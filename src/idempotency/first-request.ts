import type { RequestContext } from '../context/request-context';
import type { GatewayError } from '../errors/gateway-error';
import type { OpenedResponse } from './opened-response';
import { MAX_WAITING } from './waiter-slots';

/** What other requests that wait for a request get. */
export type FirstOutcome =
  | { readonly kind: 'kept'; readonly content: string }
  /** It is not stored, but waiting requests get it all the same. */
  | {
      readonly kind: 'shared';
      readonly opened: OpenedResponse;
      /** Keeps its bytes in place until the returned function is called. */
      readonly hold: () => () => void;
    }
  | { readonly kind: 'fault'; readonly error: GatewayError; readonly requestId: string }
  /** The result is unknown: a waiting request may become the first now. */
  | { readonly kind: 'nothing' };

/** The part of a request that waits which this reads. */
type WaitingContext = Pick<RequestContext, 'signal' | 'onClosed'>;

/** The first request of this process with its key, and those that wait for it. */
export class FirstRequest {
  private readonly listeners = new Map<WaitingContext, (outcome: FirstOutcome) => void>();

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
   * Waits for its result; undefined if that takes too long.
   *
   * @throws the signal's reason if it is aborted
   */
  wait(leftMs: number, context: WaitingContext): Promise<FirstOutcome | undefined> {
    const { signal } = context;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.listeners.delete(context);
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
      this.listeners.set(context, onOutcome);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Passes the result to waiting requests. None may wait from now on. */
  end(outcome: FirstOutcome): void {
    for (const [context, listener] of [...this.listeners]) {
      if (outcome.kind === 'shared') {
        context.onClosed(outcome.hold());
      }
      listener(outcome);
    }
  }
}
