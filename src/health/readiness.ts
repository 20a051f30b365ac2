import type { Condition } from '../accounts/account-health';

export interface AccountsReadiness {
  readonly isReady: boolean;
  readonly details: {
    /** Those that can make images, now or within minutes. */
    readonly usable: number;
    readonly cooling: number;
    readonly exhausted: number;
    readonly disabled: number;
    readonly total: number;
  };
}

/**
 * Whether requests should be sent here. Waiting and spent accounts are no reason against it: the 429
 * that says why, and when to come back, is a better answer than a proxy's bare 503. Accounts that are
 * all disabled are one: waiting helps nobody then.
 */
export function readinessOf(states: readonly Condition['state'][]): AccountsReadiness {
  const count = (state: Condition['state']): number => states.filter((one) => one === state).length;
  const details = {
    usable: count('ready') + count('cooling'),
    cooling: count('cooling'),
    exhausted: count('exhausted'),
    disabled: count('disabled'),
    total: states.length,
  };
  return { isReady: details.disabled < details.total, details };
}
