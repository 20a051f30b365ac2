import { GatewayError } from '../errors/gateway-error';
import { FairQueue } from './fair-queue';
import type { Lease, LeaseResult, LeaseOffer, LeaseRequest } from './lease';
import { retryAfterSeconds } from './selection';

interface Waiter {
  readonly request: LeaseRequest;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
  /** Whether an offer is being taken up, which may yet come to nothing. */
  isTaking: boolean;
  /** Not to be offered anything before this time, in epoch milliseconds: it is not its turn. */
  notBefore: number;
}

/** Told which requests wait, where others have to know. */
export interface TurnListener {
  waits(party: object): void;
  leaves(party: object): void;
}

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a client is told to wait when the gateway is full. */
const FULL_RETRY_MS = 5000;

/** Those who wait for a place, bounded in number, served in turn. */
export class WaitingLine {
  private readonly waiters = new FairQueue<Waiter>();

  /**
   * @param makeOffer offers a lease, or says until when there is none; throws where there will be none
   * @param longest how many may wait at the same time
   */
  constructor(
    private readonly makeOffer: (request: LeaseRequest) => LeaseOffer,
    private readonly longest: number,
    private readonly turns: TurnListener | undefined,
  ) {}

  /** How many wait. */
  get length(): number {
    return this.waiters.size;
  }

  /**
   * Waits for a lease, with a signal that is not aborted yet.
   *
   * @param until when to look again of one's own accord, in epoch milliseconds
   * @param notBefore until when not to look at all, in epoch milliseconds
   * @throws GatewayError when too many wait already, or none will ever come
   * @throws the signal's reason when it is aborted first
   */
  wait(request: LeaseRequest, until: number | undefined, notBefore = 0): Promise<Lease> {
    if (this.waiters.size >= this.longest) {
      throw new GatewayError({
        kind: 'overloaded',
        retryAfterSeconds: retryAfterSeconds(FULL_RETRY_MS),
      });
    }
    return new Promise((resolve, reject) => {
      const { context } = request;
      const { signal } = context;
      const finish = (): void => {
        clearTimeout(waiter.timer);
        signal.removeEventListener('abort', onAbort);
        this.waiters.remove(context, waiter);
        if (!this.waiters.has(context)) {
          this.turns?.leaves(context);
        }
      };
      const onAbort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        request,
        timer: undefined,
        isTaking: false,
        notBefore,
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
      this.waiters.add(context, waiter);
      this.turns?.waits(context);
      this.wakeAt(waiter, until);
    });
  }

  /** Offers what has come free to those who wait, each party in its turn. */
  serve(): void {
    for (const waiter of this.waiters.inTurn()) {
      this.offer(waiter);
    }
  }

  /** A place has really come free: whose turn it was not may be next now. */
  placeFreed(): void {
    for (const waiter of this.waiters.inTurn()) {
      waiter.notBefore = 0;
    }
    this.serve();
  }

  private offer(waiter: Waiter): void {
    if (waiter.isTaking || waiter.notBefore > Date.now()) {
      return;
    }
    try {
      const offer = this.makeOffer(waiter.request);
      if (offer.lease === undefined) {
        this.wakeAt(waiter, offer.until);
      } else {
        void this.take(waiter, offer.lease);
      }
    } catch (error) {
      waiter.reject(error instanceof Error ? error : new Error('no lease', { cause: error }));
    }
  }

  private async take(waiter: Waiter, offered: Promise<LeaseResult>): Promise<void> {
    waiter.isTaking = true;
    clearTimeout(waiter.timer);
    const response = await offered;
    waiter.isTaking = false;
    const { context } = waiter.request;
    if (context.signal.aborted) {
      response.lease?.end({ kind: 'abandoned' });
    } else if (response.lease !== undefined) {
      this.waiters.served(context);
      waiter.resolve(response.lease);
    } else if (response.notBefore === undefined) {
      this.offer(waiter);
    } else {
      waiter.notBefore = response.notBefore;
      this.wakeAt(waiter, response.notBefore);
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
