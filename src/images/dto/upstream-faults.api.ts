import type { GatewayFault } from '../../errors/gateway-error';

type ExampleFaults = Readonly<Record<string, GatewayFault>>;

/** Examples for Swagger of the pool's errors while no account is available. */
export const POOL_FAULTS: ExampleFaults = {
  'Every account is rate-limited': { kind: 'rate_limited', retryAfterSeconds: 12 },
  'Every account is out of quota': { kind: 'quota_exhausted' },
};

/** Examples for Swagger of the errors that any upstream call can have. */
export const UPSTREAM_FAULTS: ExampleFaults = {
  'Upstream failed': {
    kind: 'upstream_error',
    message: 'The image model could not be reached or failed.',
    shouldRetry: true,
  },
  'No account is usable': {
    kind: 'no_account_available',
    message: 'No account is usable: all are disabled or have no valid credential.',
  },
  'The gateway is full': { kind: 'overloaded', retryAfterSeconds: 5 },
  'No response in time': {
    kind: 'upstream_timeout',
    message: 'The image model did not respond in time.',
  },
};
