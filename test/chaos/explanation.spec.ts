import { explanationOf, type Circumstances } from '../../chaos/explanation';

/** A generation of somebody without limits, on a calm day. */
const CALM: Circumstances = {
  kind: 'generation',
  calls: ['image'],
  limit: 'none',
  hasKey: false,
  isOperator: false,
  wasKilled: false,
  wasKeyHolderKilled: false,
  wasRateLimited: false,
  wasStoreAway: false,
  wasLedgerAway: false,
  wasConsumerGone: false,
  isLinkLate: false,
};

/** Every way in which a day can be worse, but for a killed replica. */
const STORMY: Circumstances = {
  ...CALM,
  calls: ['unavailable', 'reset', 'stall', 'refused', 'empty', 'rate limit', 'token refused'],
  limit: 'rate',
  hasKey: true,
  wasRateLimited: true,
  wasStoreAway: true,
  wasLedgerAway: true,
  wasConsumerGone: true,
  isLinkLate: true,
};

describe('explanationOf', () => {
  it.each<[status: number, code: string, about: Partial<Circumstances>, explanation: string]>([
    [200, 'null', {}, 'served'],
    [206, 'null', { kind: 'file' }, 'served'],
    [400, 'moderation_blocked', { calls: ['refused'] }, 'refused by the model'],
    [401, 'invalid_api_key', { wasConsumerGone: true }, 'consumer not in the file'],
    [403, 'insufficient_permissions', { kind: 'accounts' }, 'not for members'],
    [410, 'null', { kind: 'file', isLinkLate: true }, 'late URL'],
    [409, 'idempotency_in_progress', { hasKey: true, wasKeyHolderKilled: true }, 'key at work'],
    [429, 'rate_limit_exceeded', { limit: 'rate' }, 'limit of the consumer'],
    [429, 'insufficient_quota', { limit: 'quota' }, 'quota of the consumer'],
    [429, 'RESOURCE_EXHAUSTED', { limit: 'quota' }, 'quota of the consumer'],
    [429, 'RESOURCE_EXHAUSTED', { wasRateLimited: true }, 'accounts rate-limited'],
    [502, 'upstream_error', { calls: ['image', 'reset'] }, 'upstream failed'],
    [502, 'UNAVAILABLE', { calls: ['html'] }, 'upstream failed'],
    [502, 'no_image', { calls: ['empty', 'empty'] }, 'upstream made no image'],
    [502, 'upstream_error', { wasKilled: true }, 'replica killed'],
    [503, 'null', { kind: 'file', wasStoreAway: true }, 'store away'],
    [503, 'null', { kind: 'usage', wasLedgerAway: true }, 'ledger away'],
    [504, 'upstream_timeout', { calls: ['stall', 'stall'] }, 'upstream stalled'],
    [504, 'upstream_timeout', { calls: [], hasKey: true, wasKeyHolderKilled: true }, 'key at work'],
  ])('takes %i %s with %o', (status, code, about, explanation) => {
    expect(explanationOf(status, code, { ...CALM, ...about })).toBe(explanation);
    // None of it is right on a calm day but what was served.
    expect(explanationOf(status, code, { ...CALM, kind: about.kind ?? 'generation' })).toBe(
      explanation === 'served' || explanation === 'not for members' ? explanation : undefined,
    );
  });

  it.each<[status: number, code: string, about: Partial<Circumstances>]>([
    // Easel's own faults, whatever happens around it.
    [500, 'null', {}],
    [503, 'overloaded', {}],
    [503, 'no_account_available', {}],
    [503, 'null', {}],
    [429, 'insufficient_quota', {}],
    [409, 'idempotency_in_progress', {}],
    [409, 'idempotency_key_reused', { wasKeyHolderKilled: true }],
    [429, 'rate_limit_exceeded', { limit: 'quota', wasRateLimited: false }],
    [404, 'null', { kind: 'file' }],
    [403, 'null', { kind: 'file' }],
    [403, 'insufficient_permissions', { kind: 'accounts', isOperator: true }],
    [410, 'null', {}],
    [400, 'null', {}],
    [502, 'null', {}],
    [504, 'null', {}],
    [504, 'upstream_timeout', { calls: [], hasKey: false, wasKeyHolderKilled: true }],
    [504, 'upstream_timeout', { calls: [], hasKey: true, wasKeyHolderKilled: false }],
    [504, 'upstream_timeout', { calls: ['unavailable', 'reset'] }],
    [0, 'no JSON', {}],
  ])('never takes %i %s with %o', (status, code, about) => {
    expect(explanationOf(status, code, { ...STORMY, ...about })).toBeUndefined();
  });
});
