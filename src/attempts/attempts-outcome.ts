import type { ImagesOutcome } from '../context/request-outcome';

/** The logged outcome of a request's images once one more call has begun. */
export function withCall<T extends ImagesOutcome | undefined>(outcome: T): T {
  return outcome === undefined ? outcome : { ...outcome, attempts: outcome.attempts + 1 };
}

/** The same once a call with the account has failed. */
export function withFailedCall<T extends ImagesOutcome | undefined>(outcome: T, email: string): T {
  if (outcome === undefined) {
    return outcome;
  }
  const { failedAccounts = [] } = outcome;
  return { ...outcome, failedAccounts: [...new Set([...failedAccounts, email])] };
}
