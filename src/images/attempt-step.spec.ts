import type { GeminiFailure, GeminiFailureKind } from '../gemini/gemini-failure';
import { countFailure, faultOf, nextStep, NO_ATTEMPTS } from './attempt-step';

const failure = (kind: GeminiFailureKind, retryAfterMs?: number): GeminiFailure => ({
  kind,
  reason: kind,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** What comes after these failures, in short: the wait in milliseconds, or `give up`. */
function after(failures: readonly GeminiFailure[], maxAttempts = 4): number | 'give up' {
  const history = failures.reduce(countFailure, NO_ATTEMPTS);
  const step = nextStep(failures.at(-1) ?? failure('passing'), history, maxAttempts);
  return step.kind === 'give_up' ? 'give up' : step.afterMs;
}

describe('nextStep', () => {
  it.each<[string, GeminiFailure[], number | 'give up']>([
    ['an invalid request', [failure('invalid_request')], 'give up'],
    ['a refusal', [failure('refused')], 'give up'],
    ['an answer too large', [failure('answer_too_large')], 'give up'],
    ['a bad account', [failure('account_unusable')], 0],
    ['a forbidden model', [failure('model_forbidden')], 0],
    ['a missing model', [failure('model_missing')], 0],
    ['a rate limit', [failure('rate_limit', 42_000)], 0],
    ['a quota', [failure('quota')], 0],
    ['a timeout', [failure('timeout')], 0],
    ['two timeouts', [failure('timeout'), failure('timeout')], 'give up'],
    ['a timeout among others', [failure('passing'), failure('timeout')], 0],
    ['no image', [failure('no_image')], 0],
    ['no image twice', [failure('no_image'), failure('no_image')], 'give up'],
    ['a passing fault', [failure('passing')], 250],
    ['two passing faults', [failure('passing'), failure('upstream_deadline')], 500],
    ['overload', [failure('overloaded')], 1000],
    ['overload with a hint', [failure('overloaded', 3000)], 3000],
    ['overload with a long hint', [failure('overloaded', 60_000)], 8000],
    ['four failures', Array.from({ length: 4 }, () => failure('rate_limit')), 'give up'],
  ])('after %s', (_name, failures, expected) => {
    expect(after(failures)).toBe(expected);
  });

  it('never makes more calls than it may', () => {
    expect(after([failure('rate_limit')], 1)).toBe('give up');
  });
});

describe('faultOf', () => {
  it.each<[GeminiFailureKind, string]>([
    ['invalid_request', 'invalid_request'],
    ['refused', 'moderation_blocked'],
    ['account_unusable', 'no_account_available'],
    ['model_forbidden', 'model_not_found'],
    ['model_missing', 'model_not_found'],
    ['rate_limit', 'rate_limited'],
    ['quota', 'quota_exhausted'],
    ['passing', 'upstream_error'],
    ['overloaded', 'upstream_error'],
    ['timeout', 'upstream_timeout'],
    ['upstream_deadline', 'upstream_timeout'],
    ['no_image', 'no_image'],
    ['answer_too_large', 'upstream_error'],
  ])('%s → %s', (kind, expected) => {
    expect(faultOf(failure(kind), { model: 'm', modelFamily: 'other' }).kind).toBe(expected);
  });

  it('hands Google’s hint on', () => {
    expect(
      faultOf(failure('rate_limit', 6400), { model: 'm', modelFamily: 'other' }),
    ).toMatchObject({ retryAfterSeconds: 7 });
  });
});
