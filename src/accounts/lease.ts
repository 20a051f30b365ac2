import type { GeminiFailure } from '../gemini/gemini-failure';
import type { RequestContext } from '../context/request-context';
import type { Account } from './account';

export interface LeaseRequest {
  readonly model: string;
  /** Accounts on which this image has failed. */
  readonly tried: ReadonlySet<string>;
  /** Whatever stays the same for one end user, where that is known. */
  readonly stickyKey?: string | undefined;
  /** The request that the image is for; places are shared out fairly between requests. */
  readonly context: LeaseContext;
}

/**
 * What of a request the pool looks at: the only account that will do, until when the image must be there,
 * and what ends the waiting, with the reason that is thrown.
 */
export type LeaseContext = Pick<RequestContext, 'pinnedAccount' | 'deadlineAt' | 'signal'>;

export type LeaseOutcome =
  | { readonly kind: 'image' }
  | { readonly kind: 'failure'; readonly failure: GeminiFailure }
  /** Nobody waited for the answer any more: it tells nothing about the account. */
  | { readonly kind: 'abandoned' };

/** One of an account's places, held until it is ended. */
export interface Lease {
  readonly account: Account;
  /** Gives the place back; once only, later calls do nothing. */
  end(outcome: LeaseOutcome): void;
}

/**
 * Either the promise of a lease, kept unless another replica was quicker, or until when (epoch
 * milliseconds, if known) there is none to be had.
 */
export type LeaseOffer =
  | { readonly lease: Promise<LeaseResult> }
  | { readonly lease: undefined; readonly until: number | undefined };

/** A lease, or from when on (epoch milliseconds) to try for another; at once where that is undefined. */
export type LeaseResult =
  { readonly lease: Lease } | { readonly lease: undefined; readonly notBefore: number | undefined };
