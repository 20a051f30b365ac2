import { GatewayError } from '../errors/gateway-error';
import { FairQueue } from './fair-queue';
import type { Lease, LeaseResult, LeaseOffer, LeaseRequest } from './lease';
import { retryAfterSeconds } from './selection';

interface LeaseWaiter {
  readonly request: LeaseRequest;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
  /** Whether a lease for it is being confirmed; the confirmation may fail. */
  isTaking: boolean;
  /** It gets no offer before this time, in epoch milliseconds, because it is another replica's turn. */
  notBefore: number;
}

/** Called when requests start and stop waiting, to inform other replicas. */
export interface TurnListener {
  /** @param consumer whose request it is */
  waits(request: object, consumer: string): void;
  leaves(request: object): void;
}

/** setTimeout fires immediately if given more than 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The `Retry-After` of a full gateway. */
const FULL_RETRY_MS = 5000;

/** The images that wait for a lease, bounded in number and served fairly. */
export class WaitingLine {
  private readonly waiters = new FairQueue<LeaseWaiter>();

  /**
   * @param makeOffer offers a lease, or says until when there is none; throws if there will be none
   * @param longest the maximum number of waiting images
   */
  constructor(
    private readonly makeOffer: (request: LeaseRequest) => LeaseOffer,
    private readonly longest: number,
    private readonly turns: TurnListener | undefined,
  ) {}

  /** The number of waiting images. */
  get length(): number {
    return this.waiters.size;
  }

  /**
   * Waits for a lease. The request's signal must not be aborted yet.
   *
   * @param until when to try again even if nothing has changed, in epoch milliseconds
   * @param notBefore the earliest time of the next attempt, in epoch milliseconds
   * @throws GatewayError if too many are waiting, or if there will be no lease
   * @throws the signal's reason if it is aborted first
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
      const { newCalls: signal } = context;
      const finish = (): void => {
        clearTimeout(waiter.timer);
        signal.removeEventListener('abort', onAbort);
        this.waiters.remove(consumerOf(request), context, waiter);
        if (!this.waiters.has(consumerOf(request), context)) {
          this.turns?.leaves(context);
        }
      };
      const onAbort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const waiter: LeaseWaiter = {
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
      this.waiters.add(consumerOf(request), context, waiter);
      this.turns?.waits(context, consumerOf(request));
      this.wakeAt(waiter, until);
    });
  }

  /** Offers free accounts to the waiting images, consumer by consumer and request by request. */
  serve(): void {
    for (const waiter of this.waiters.inTurn()) {
      this.offer(waiter);
    }
  }

  /** Called when a lease has ended: images that had to wait for another replica's turn may be next. */
  slotFreed(): void {
    for (const waiter of this.waiters.inTurn()) {
      waiter.notBefore = 0;
    }
    this.serve();
  }

  private offer(waiter: LeaseWaiter): void {
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

  private async take(waiter: LeaseWaiter, offered: Promise<LeaseResult>): Promise<void> {
    waiter.isTaking = true;
    clearTimeout(waiter.timer);
    const response = await offered;
    waiter.isTaking = false;
    const { context } = waiter.request;
    if (context.newCalls.aborted) {
      response.lease?.end({ kind: 'unused' });
    } else if (response.lease !== undefined) {
      this.waiters.served(consumerOf(waiter.request), context);
      waiter.resolve(response.lease);
    } else if (response.notBefore === undefined) {
      this.offer(waiter);
    } else {
      waiter.notBefore = response.notBefore;
      this.wakeAt(waiter, response.notBefore);
    }
  }

  private wakeAt(waiter: LeaseWaiter, until: number | undefined): void {
    clearTimeout(waiter.timer);
    waiter.timer =
      until === undefined
        ? undefined
        : setTimeout(
            () => {
              this.offer(waiter);
            },
            Math.min(Math.max(until - Date.now(), 0) + 1, MAX_TIMER_MS),
          );
  }
}

/** Without authentication all requests belong to one consumer. */
function consumerOf({ context }: LeaseRequest): string {
  return context.consumer?.name ?? '';
}
