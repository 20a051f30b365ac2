import { GatewayError } from '../errors/gateway-error';
import { FairQueue } from './fair-queue';
import type { Lease, LeaseAttempt, LeaseRequest } from './lease';
import { retryAfterSeconds } from './selection';

interface Waiter {
  readonly request: LeaseRequest;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a client is told to wait when the gateway is full. */
const FULL_RETRY_MS = 5000;

/** Those who wait for a place, bounded in number, served in turn. */
export class WaitingLine {
  private readonly waiters = new FairQueue<Waiter>();

  /**
   * @param tryLease gives a lease, or says until when there is none; throws where there will be none
   * @param longest how many may wait at the same time
   */
  constructor(
    private readonly tryLease: (request: LeaseRequest) => LeaseAttempt,
    private readonly longest: number,
  ) {}

  /**
   * Waits for a lease.
   *
   * @param until when to look again of one's own accord, in epoch milliseconds
   * @throws GatewayError when too many wait already, or none will ever come
   * @throws the signal's reason when it is aborted first
   */
  wait(request: LeaseRequest, until: number | undefined): Promise<Lease> {
    if (this.waiters.size >= this.longest) {
      throw new GatewayError({
        kind: 'overloaded',
        retryAfterSeconds: retryAfterSeconds(FULL_RETRY_MS),
      });
    }
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const finish = (): void => {
        clearTimeout(waiter.timer);
        this.waiters.remove(signal, waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        request,
        timer: undefined,
        resolve: (lease) => {
          finish();
          resolve(lease);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(signal, waiter);
      this.wakeAt(waiter, until);
    });
  }

  /** Offers what has come free to those who wait, each party in its turn. */
  serve(): void {
    for (const waiter of this.waiters.inTurn()) {
      this.offer(waiter);
    }
  }

  private offer(waiter: Waiter): void {
    try {
      const attempt = this.tryLease(waiter.request);
      if (attempt.lease === undefined) {
        this.wakeAt(waiter, attempt.until);
      } else {
        this.waiters.served(waiter.request.signal);
        waiter.resolve(attempt.lease);
      }
    } catch (error) {
      waiter.reject(error instanceof Error ? error : new Error('no lease', { cause: error }));
    }
  }

  private wakeAt(waiter: Waiter, until: number | undefined): void {
    clearTimeout(waiter.timer);
    waiter.timer =
      until === undefined
        ? undefined
        : setTimeout(
            () => {
              this.offer(waiter);
            },
            Math.min(Math.max(until - Date.now(), 0) + 1, LONGEST_TIMER_MS),
          );
  }
}
