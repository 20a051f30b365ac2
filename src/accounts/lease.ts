import type { GeminiFailure } from '../gemini/gemini-failure';
import type { RequestContext } from '../context/request-context';
import type { Account, GoogleApi } from './account';

export interface LeaseRequest {
  readonly model: string;
  /** Accounts on which this image has failed. */
  readonly tried: ReadonlySet<string>;
  /** Whether each of them has reported a rate limit, which may be over by now. */
  readonly areTriedLimited?: boolean;
  /** The API that can serve the request, if not both can. */
  readonly api?: GoogleApi | undefined;
  /** A value that identifies one end user, if known. */
  readonly stickyKey?: string | undefined;
  /**
   * The request that the image belongs to; leases are shared fairly between consumers, and between
   * the requests of each.
   */
  readonly context: LeaseContext;
}

/**
 * The part of a request that the pool reads: its consumer, the pinned account, the deadline, and
 * the signal that ends the waiting and whose reason is then thrown.
 */
export type LeaseContext = Pick<RequestContext, 'pinnedAccount' | 'deadlineAt' | 'newCalls'> &
  Partial<Pick<RequestContext, 'consumer'>>;

export type LeaseOutcome =
  | { readonly kind: 'image' }
  /** The response to a call that asks for no image. */
  | { readonly kind: 'free_call' }
  | { readonly kind: 'failure'; readonly failure: GeminiFailure }
  /** The request was aborted before the response arrived, which says nothing about the account. */
  | { readonly kind: 'abandoned' }
  /** The request was aborted before the lease was granted, so no call was made. */
  | { readonly kind: 'unused' };

/** The right to make one call on an account, held until it is ended. */
export interface Lease {
  readonly account: Account;
  /**
   * Continues without one of the slots for images in flight: the client has disconnected, and
   * others are waiting.
   */
  stepAside(): void;
  /** Ends the lease; later calls do nothing. */
  end(outcome: LeaseOutcome): void;
}

/**
 * A lease that is still to be confirmed, since another replica may be quicker; or none, with the
 * time until which there is none (epoch milliseconds), if known.
 */
export type LeaseOffer =
  | { readonly lease: Promise<LeaseResult> }
  | { readonly lease: undefined; readonly until: number | undefined };

/** A lease; or none, with the time (epoch milliseconds) of the next try: at once if undefined. */
export type LeaseResult =
  { readonly lease: Lease } | { readonly lease: undefined; readonly notBefore: number | undefined };
