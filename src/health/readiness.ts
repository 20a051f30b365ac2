import type { Condition } from '../accounts/account-health';

export interface AccountsReadiness {
  readonly isReady: boolean;
  readonly details: {
    /** The accounts that can make images, now or within minutes. */
    readonly usable: number;
    readonly cooling: number;
    readonly exhausted: number;
    readonly disabled: number;
    readonly total: number;
  };
}

/**
 * Whether requests should be sent here. Cooling and exhausted accounts do not make the gateway
 * unready: a 429 with a reason and a time helps a client more than a proxy's bare 503. If all
 * accounts are disabled it is unready, because waiting would not help.
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
