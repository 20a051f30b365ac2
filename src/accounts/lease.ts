import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account } from './account';

export interface LeaseRequest {
  readonly model: string;
  /** Accounts on which this image has failed. */
  readonly tried: ReadonlySet<string>;
  /** The only account that will do, where the client asked for one. */
  readonly pinnedEmail?: string | undefined;
  readonly stickyKey?: string | undefined;
  /** When the image must be there, in epoch milliseconds: no wait goes beyond it. */
  readonly deadlineAt: number;
  /**
   * Ends the waiting; its reason is thrown. All images of one client's request share one signal, so
   * it also stands for the request where places are shared out fairly.
   */
  readonly signal: AbortSignal;
}

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
  | { readonly lease: Promise<LeaseAnswer> }
  | { readonly lease: undefined; readonly until: number | undefined };

/** A lease, or from when on (epoch milliseconds) to try for another; at once where that is undefined. */
export type LeaseAnswer =
  { readonly lease: Lease } | { readonly lease: undefined; readonly notBefore: number | undefined };
