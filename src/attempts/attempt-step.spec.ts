import type { GeminiFailure, GeminiFailureKind } from '../gemini/gemini-failure';
import {
  areAllRateLimited,
  countFailure,
  faultOfFailure,
  nextStep,
  NO_ATTEMPTS,
} from './attempt-step';

const failure = (kind: GeminiFailureKind, retryAfterMs?: number): GeminiFailure => ({
  kind,
  reason: kind,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** What comes after these failures, in short: the wait in milliseconds, or `give up`. */
function after(
  failures: readonly GeminiFailure[],
  limits: { maxAttempts?: number; timeLeftMs?: number } = {},
): number | 'give up' {
  const history = failures.reduce(countFailure, NO_ATTEMPTS);
  const step = nextStep(failures.at(-1) ?? failure('transient'), history, {
    maxAttempts: 4,
    timeLeftMs: 60_000,
    ...limits,
  });
  return step.kind === 'give_up' ? 'give up' : step.afterMs;
}

describe('nextStep', () => {
  it.each<[string, GeminiFailure[], number | 'give up']>([
    ['an invalid request', [failure('invalid_request')], 'give up'],
    ['a request too large', [failure('request_too_large')], 'give up'],
    ['a refusal', [failure('refused')], 'give up'],
    ['tokens that ran out', [failure('cut_short')], 'give up'],
    ['a response too large', [failure('response_too_large')], 'give up'],
    ['a bad account', [failure('account_unusable')], 0],
    ['a forbidden model', [failure('model_forbidden')], 0],
    ['a missing model', [failure('model_missing')], 0],
    ['a rate limit', [failure('rate_limit', 42_000)], 0],
    ['a quota', [failure('quota')], 0],
    ['a timeout', [failure('timeout')], 0],
    ['two timeouts', [failure('timeout'), failure('timeout')], 'give up'],
    ['a timeout among others', [failure('transient'), failure('timeout')], 0],
    ['no image', [failure('no_image')], 0],
    ['no image twice', [failure('no_image'), failure('no_image')], 'give up'],
    ['a transient fault', [failure('transient')], 250],
    ['two transient faults', [failure('transient'), failure('upstream_deadline')], 500],
    ['an address that cannot be reached', [failure('unreachable')], 0],
    ['a connection that had gone stale', [failure('stale_connection')], 0],
    ['a token that had gone stale', [failure('stale_token')], 0],
    ['overload', [failure('overloaded')], 1000],
    ['overload with a hint', [failure('overloaded', 3000)], 3000],
    ['overload with a long hint', [failure('overloaded', 60_000)], 8000],
    ['four failures', Array.from({ length: 4 }, () => failure('rate_limit')), 'give up'],
  ])('after %s', (_name, failures, expected) => {
    expect(after(failures)).toBe(expected);
  });

  it.each<[string, GeminiFailureKind[], boolean]>([
    ['a rate limit', ['rate_limit'], true],
    ['several', ['rate_limit', 'rate_limit'], true],
    [
      'a rate limit after a connection that had gone stale',
      ['stale_connection', 'rate_limit'],
      true,
    ],
    ['a rate limit after a token that had gone stale', ['stale_token', 'rate_limit'], true],
    ['a rate limit after another fault', ['transient', 'rate_limit'], false],
    ['another fault after a rate limit', ['rate_limit', 'timeout'], false],
    ['a quota', ['quota'], false],
    ['a rate limit and a quota', ['rate_limit', 'quota'], true],
    ['a rate limit and a bad account', ['account_unusable', 'rate_limit'], true],
    ['a rate limit where the model is missing elsewhere', ['model_missing', 'rate_limit'], true],
  ])('knows whether all were rate-limited: %s', (_name, kinds, expected) => {
    const history = kinds.map((kind) => failure(kind)).reduce(countFailure, NO_ATTEMPTS);
    expect(areAllRateLimited(history)).toBe(expected);
  });

  it('never waits beyond the deadline', () => {
    expect(after([failure('overloaded')], { timeLeftMs: 1000 })).toBe('give up');
    expect(after([failure('overloaded')], { timeLeftMs: 1001 })).toBe(1000);
  });

  it('never makes more calls than it may', () => {
    expect(after([failure('rate_limit')], { maxAttempts: 1 })).toBe('give up');
  });
});

describe('faultOf', () => {
  const REFUSAL = { kind: 'rate_limited', retryAfterSeconds: 7 } as const;
  const OTHER = { modelFamily: 'other' } as const;

  it.each<[GeminiFailureKind, string]>([
    ['invalid_request', 'invalid_request'],
    ['request_too_large', 'request_too_large'],
    ['refused', 'moderation_blocked'],
    ['transient', 'upstream_error'],
    ['unreachable', 'upstream_error'],
    ['stale_connection', 'upstream_error'],
    ['stale_token', 'upstream_error'],
    ['overloaded', 'upstream_error'],
    ['timeout', 'upstream_timeout'],
    ['upstream_deadline', 'upstream_timeout'],
    ['no_image', 'no_image'],
    ['cut_short', 'no_image'],
    ['response_too_large', 'upstream_error'],
  ])('%s → %s, whatever the other accounts do', (kind, expected) => {
    expect(faultOfFailure(failure(kind), OTHER, () => REFUSAL).kind).toBe(expected);
  });

  it.each<GeminiFailureKind>([
    'account_unusable',
    'model_forbidden',
    'model_missing',
    'rate_limit',
    'quota',
  ])('%s says nothing about the other accounts: the pool does', (kind) => {
    expect(faultOfFailure(failure(kind), OTHER, () => REFUSAL)).toBe(REFUSAL);
    expect(faultOfFailure(failure(kind), OTHER, () => undefined)).toMatchObject({
      kind: 'upstream_error',
      shouldRetry: true,
    });
  });
});
