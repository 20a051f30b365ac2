import type { GeminiFailure } from '../gemini/gemini-failure';
import type { RequestContext } from '../context/request-context';
import type { Account, GoogleApi } from './account';

export interface LeaseRequest {
  readonly model: string;
  /** Accounts on which this image has failed. */
  readonly tried: ReadonlySet<string>;
  /** The API that takes the request, where not both do. */
  readonly api?: GoogleApi | undefined;
  /** A value that stays the same for one end user, if known. */
  readonly stickyKey?: string | undefined;
  /** The request that the image is for; leases are shared fairly between consumers, and between the requests of each. */
  readonly context: LeaseContext;
}

/**
 * The part of a request that the pool reads: its consumer, the pinned account, the deadline, and
 * the signal that ends the waiting and whose reason is then thrown.
 */
export type LeaseContext = Pick<RequestContext, 'pinnedAccount' | 'deadlineAt' | 'beginnings'> &
  Partial<Pick<RequestContext, 'consumer'>>;

export type LeaseOutcome =
  | { readonly kind: 'image' }
  /** A response to a call that asks for no image. */
  | { readonly kind: 'free_call' }
  | { readonly kind: 'failure'; readonly failure: GeminiFailure }
  /** The request was aborted before the response came, which says nothing about the account. */
  | { readonly kind: 'abandoned' }
  /** The request was aborted before the lease came, so no call was made. */
  | { readonly kind: 'unused' };

/** The right to make one call on an account, held until it is ended. */
export interface Lease {
  readonly account: Account;
  /** Goes on without one of the places for images at work: its client has gone, and others are waiting. */
  stepAside(): void;
  /** Ends the lease; later calls do nothing. */
  end(outcome: LeaseOutcome): void;
}

/**
 * A lease that is yet to be confirmed, since another replica may be quicker; or none, with the time
 * until which there is none (epoch milliseconds), if known.
 */
export type LeaseOffer =
  | { readonly lease: Promise<LeaseResult> }
  | { readonly lease: undefined; readonly until: number | undefined };

/** A lease; or none, with the time (epoch milliseconds) of the next try: at once if undefined. */
export type LeaseResult =
  { readonly lease: Lease } | { readonly lease: undefined; readonly notBefore: number | undefined };
