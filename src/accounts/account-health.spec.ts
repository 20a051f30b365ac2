import fc from 'fast-check';
import type { GeminiFailure, GeminiFailureKind } from '../gemini/gemini-failure';
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  conditionOf,
  disabledByOperator,
  resetHealth,
  HEALTHY,
  isDisabledByOperator,
  probing,
  type AccountHealth,
} from './account-health';
import { reachOf } from './failure-reach';
import { reconciled } from './reconciled-health';

const MODEL = 'gemini-3-pro-image';
const NOW = Date.parse('2026-11-22T15:00:00Z');
/** Longer than any cooling lasts. */
const LONG = 400_000;
const MIDNIGHT_PACIFIC = Date.parse('2026-11-23T08:00:00Z');

const failure = (kind: GeminiFailureKind, retryAfterMs?: number): GeminiFailure => ({
  kind,
  reason: kind,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

const callAt = (now: number, random = 0) => ({ model: MODEL, startedAt: now - 1000, now, random });

/** Failures one after the other, each long after the one before; the last one is now. */
function afterAll(failures: readonly GeminiFailure[], random = 0): AccountHealth {
  return failures.reduce<AccountHealth>((health, next, index) => {
    const now = NOW - (failures.length - 1 - index) * LONG;
    return afterFailure(health, next, { model: MODEL, startedAt: now - 1000, now, random });
  }, HEALTHY);
}

/** Failures of calls that ran at the same time. */
function afterBurst(failures: readonly GeminiFailure[]): AccountHealth {
  return failures.reduce<AccountHealth>(
    (health, next) => afterFailure(health, next, callAt(NOW)),
    HEALTHY,
  );
}

const stateOf = (health: AccountHealth, model = MODEL, now = NOW) =>
  conditionOf(health, model, now);

describe('afterFailure', () => {
  it.each<[string, GeminiFailure[], object]>([
    ['the caller’s fault', [failure('invalid_request')], { state: 'ready' }],
    ['a request too large', [failure('request_too_large')], { state: 'ready' }],
    ['a refusal', [failure('refused')], { state: 'ready' }],
    ['an overloaded model', [failure('overloaded')], { state: 'ready' }],
    ['a timeout', [failure('timeout')], { state: 'ready' }],
    ['no image', [failure('no_image')], { state: 'ready' }],
    ['an account fault', [failure('account_unusable')], { state: 'disabled' }],
    ['a missing model', [failure('model_missing')], { state: 'cooling', until: NOW + 600_000 }],
    ['a forbidden model', [failure('model_forbidden')], { state: 'disabled' }],
    ['a hint', [failure('rate_limit', 7000)], { state: 'cooling', until: NOW + 7000 }],
    ['a hint of nothing', [failure('rate_limit', 0)], { state: 'cooling', until: NOW + 1000 }],
    ['no hint', [failure('rate_limit')], { state: 'cooling', until: NOW + 5000 }],
    [
      'no hint, again and again',
      [failure('rate_limit'), failure('rate_limit'), failure('rate_limit')],
      { state: 'cooling', until: NOW + 20_000 },
    ],
    [
      'no hint, for the hundredth time',
      Array.from({ length: 100 }, () => failure('rate_limit')),
      { state: 'cooling', until: NOW + 300_000 },
    ],
    ['a daily quota', [failure('quota')], { state: 'exhausted', until: MIDNIGHT_PACIFIC }],
    ['a long hint', [failure('quota', 7e6)], { state: 'exhausted', until: NOW + 7e6 }],
    ['one transient fault', [failure('transient')], { state: 'ready' }],
    [
      'two transient faults',
      [failure('transient'), failure('upstream_deadline')],
      { state: 'ready' },
    ],
    [
      'an address out of reach, twice',
      Array.from({ length: 2 }, () => failure('unreachable')),
      { state: 'ready' },
    ],
    [
      'three transient faults in a row',
      [failure('transient'), failure('transient'), failure('transient')],
      { state: 'cooling', until: NOW + 5000, cause: 'fault' },
    ],
    [
      'a rate limit told after the account was disabled',
      [failure('account_unusable'), failure('rate_limit', 60_000)],
      { state: 'disabled' },
    ],
  ])('%s', (_name, failures, expected) => {
    expect(stateOf(afterAll(failures))).toMatchObject(expected);
  });

  it.each<[string, GeminiFailure[], object]>([
    [
      'a short wait told after a long one',
      [failure('rate_limit', 60_000), failure('rate_limit', 2000)],
      { state: 'cooling', until: NOW + 60_000 },
    ],
    [
      'one limit without a hint, told to four calls',
      Array.from({ length: 4 }, () => failure('rate_limit')),
      { state: 'cooling', until: NOW + 5000 },
    ],
    [
      'one fault of the way there, met by four calls',
      Array.from({ length: 4 }, () => failure('transient')),
      { state: 'ready' },
    ],
  ])('%s at the same time', (_name, failures, expected) => {
    expect(stateOf(afterBurst(failures))).toMatchObject(expected);
  });

  it('never makes a model on it better either', () => {
    const forbidden = afterAll([failure('model_forbidden'), failure('model_missing')]);
    expect(stateOf(forbidden).state).toBe('disabled');
    const missing = afterBurst([failure('model_missing')]);
    const faulty = [1, 2, 3].reduce(
      (health, seconds) => afterFailure(health, failure('transient'), callAt(NOW + seconds * 2000)),
      missing,
    );
    expect(stateOf(faulty)).toMatchObject({ until: NOW + 600_000, cause: 'model_missing' });
  });

  it('does not change other models if the failure is about one model', () => {
    const health = afterAll([failure('model_missing')]);
    expect(stateOf(health, 'gemini-2.5-flash-image')).toEqual({ state: 'ready' });
  });

  it('spreads waits without a hint by up to a fifth', () => {
    expect(stateOf(afterAll([failure('rate_limit')], 1))).toMatchObject({ until: NOW + 6000 });
  });

  it('never makes an account better, and never waits past 300 s for a rate limit', () => {
    const kinds = fc.constantFrom<GeminiFailureKind>(
      'rate_limit',
      'transient',
      'timeout',
      'no_image',
      'overloaded',
      'refused',
      'invalid_request',
    );
    const failures = fc.array(fc.tuple(kinds, fc.option(fc.nat(1e9), { nil: undefined })));
    fc.assert(
      fc.property(failures, fc.double({ min: 0, max: 1, noNaN: true }), (list, random) => {
        let until = 0;
        let health = HEALTHY;
        for (const [kind, hint] of list) {
          health = afterFailure(health, failure(kind, hint), callAt(NOW, random));
          const next = 'until' in health.condition ? health.condition.until : 0;
          expect(next).toBeGreaterThanOrEqual(until);
          expect(next).toBeLessThanOrEqual(NOW + 300_000);
          until = next;
        }
      }),
    );
  });
});

describe('a limit of a model', () => {
  const OTHER = 'gemini-2.5-flash-image';
  const ofModel = (kind: GeminiFailureKind, retryAfterMs?: number): GeminiFailure => ({
    ...failure(kind, retryAfterMs),
    isOfModel: true,
  });

  it.each<[string, GeminiFailure, object]>([
    ['a rate', ofModel('rate_limit', 7000), { state: 'cooling', until: NOW + 7000 }],
    ['a rate without a hint', ofModel('rate_limit'), { state: 'cooling', until: NOW + 5000 }],
    ['a quota', ofModel('quota'), { state: 'exhausted', until: MIDNIGHT_PACIFIC }],
    ['a quota with a hint', ofModel('quota', 9e5), { state: 'exhausted', until: NOW + 9e5 }],
  ])('leaves the others alone: %s', (_name, limit, expected) => {
    const health = afterAll([limit]);
    expect(stateOf(health)).toMatchObject(expected);
    expect(stateOf(health, OTHER)).toEqual({ state: 'ready' });
    expect(reachOf(limit)).toBe('project');
  });

  it('is not waited out twice as long for calls that ran side by side', () => {
    const burst = afterBurst([ofModel('rate_limit'), ofModel('rate_limit')]);
    expect(stateOf(burst)).toMatchObject({ until: NOW + 5000 });
    expect(burst.bareRateLimits).toBe(1);
  });

  it('stays when a call that began before it makes its image', () => {
    const health = afterSuccess(afterAll([ofModel('quota')]), MODEL);
    expect(stateOf(health).state).toBe('exhausted');
  });

  it('is probed, and ends when the probe makes an image', () => {
    const health = probing(afterAll([ofModel('quota')]), MODEL, NOW + 600_000);
    expect(stateOf(health)).toMatchObject({ state: 'exhausted', probeAt: NOW + 1_200_000 });
    expect(stateOf(afterProbe(health, OTHER)).state).toBe('exhausted');
    expect(stateOf(afterProbe(health, MODEL)).state).toBe('ready');
  });
});

describe('conditionOf', () => {
  it('is ready again when the time is over, and not a moment before', () => {
    const health = afterAll([failure('rate_limit', 7000)]);
    expect(stateOf(health, MODEL, NOW + 6999).state).toBe('cooling');
    expect(stateOf(health, MODEL, NOW + 7000).state).toBe('ready');
  });

  it('never lets a disabled account back by itself', () => {
    const health = afterAll([failure('account_unusable')]);
    expect(stateOf(health, MODEL, NOW + 1e12).state).toBe('disabled');
  });
});

describe('afterSuccess', () => {
  it('starts the waits without a hint over', () => {
    const tired = afterAll([failure('rate_limit'), failure('rate_limit')]);
    const later = NOW + 3_600_000;
    const again = afterFailure(afterSuccess(tired, MODEL), failure('rate_limit'), callAt(later));
    expect(conditionOf(again, MODEL, later)).toMatchObject({ until: later + 5000 });
  });

  it('forgets transient faults', () => {
    const shaky = afterSuccess(afterAll([failure('transient'), failure('transient')]), MODEL);
    expect(stateOf(afterFailure(shaky, failure('transient'), callAt(NOW))).state).toBe('ready');
  });

  it('keeps a healthy account as it is', () => {
    expect(afterSuccess(HEALTHY, MODEL)).toBe(HEALTHY);
  });
});

describe('reachOf', () => {
  it.each<[GeminiFailureKind, string]>([
    ['rate_limit', 'project'],
    ['quota', 'project'],
    ['account_unusable', 'account'],
    ['model_missing', 'account'],
    ['model_forbidden', 'account'],
    ['transient', 'account'],
    ['unreachable', 'account'],
    ['upstream_deadline', 'account'],
    ['stale_connection', 'none'],
    ['stale_token', 'none'],
    ['refused', 'none'],
    ['invalid_request', 'none'],
    ['overloaded', 'none'],
    ['timeout', 'none'],
    ['no_image', 'none'],
    ['cut_short', 'none'],
    ['response_too_large', 'none'],
  ])('%s reaches %s', (kind, reach) => {
    expect(reachOf(failure(kind))).toBe(reach);
  });
});

describe('transitions, whatever happens and in whatever order', () => {
  const KINDS: readonly GeminiFailureKind[] = [
    'rate_limit',
    'quota',
    'account_unusable',
    'model_missing',
    'model_forbidden',
    'transient',
    'unreachable',
    'upstream_deadline',
    'refused',
    'invalid_request',
    'overloaded',
    'timeout',
    'no_image',
    'cut_short',
    'response_too_large',
  ];
  const step = fc.oneof(
    fc.record({
      does: fc.constant('fail' as const),
      kind: fc.constantFrom(...KINDS),
      hint: fc.option(fc.nat({ max: 10_000_000 }), { nil: undefined }),
    }),
    fc.record({ does: fc.constantFrom('succeed', 'probe', 'probed') }),
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  const apply = (health: AccountHealth, next: Step, now: number): AccountHealth => {
    switch (next.does) {
      case 'fail':
        return 'kind' in next
          ? afterFailure(health, failure(next.kind, next.hint), callAt(now))
          : health;
      case 'succeed':
        return afterSuccess(health, MODEL);
      case 'probe':
        return probing(health, MODEL, now);
      default:
        return afterProbe(health, MODEL);
    }
  };
  const history = fc.array(fc.tuple(step, fc.nat({ max: 600_000 })), { maxLength: 30 });

  it('disabled lasts until a reset', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let now = NOW;
        let health = afterFailure(HEALTHY, failure('account_unusable'), callAt(now));
        for (const [next, passed] of steps) {
          now += passed;
          health = apply(health, next, now);
          expect(stateOf(health, MODEL, now).state).toBe('disabled');
        }
        expect(stateOf(resetHealth(health), MODEL, now).state).toBe('ready');
      }),
    );
  });

  it('every wait ends, and a success or the caller’s fault never begins one', () => {
    const blameless = new Set<GeminiFailureKind>(
      KINDS.filter((kind) => reachOf(failure(kind)) === 'none'),
    );
    fc.assert(
      fc.property(history, (steps) => {
        let now = NOW;
        let health = HEALTHY;
        for (const [next, passed] of steps) {
          now += passed;
          // What holds of the account hides what holds of the model on it.
          const before = [
            stateOf(health, MODEL, now).state,
            stateOf({ ...health, condition: HEALTHY.condition }, MODEL, now).state,
          ];
          health = apply(health, next, now);
          const condition = stateOf(health, MODEL, now);
          if (next.does !== 'fail' || ('kind' in next && blameless.has(next.kind))) {
            expect([...before, 'ready']).toContain(condition.state);
          }
          if ('until' in condition) {
            expect(condition.until).toBeGreaterThan(now);
            expect(stateOf(health, 'another model', condition.until).state).not.toBe('cooling');
          }
        }
      }),
    );
  });

  it('two replicas that were separated agree, whichever begins, and log it only once', () => {
    fc.assert(
      fc.property(history, history, fc.nat({ max: 2 }), (mine, theirs, epoch) => {
        const grow = (steps: typeof mine, start: AccountHealth) =>
          steps.reduce((health, [next, passed]) => apply(health, next, NOW + passed), start);
        const one = grow(mine, HEALTHY);
        const other = grow(theirs, { ...HEALTHY, epoch });
        const together = reconciled(one, other);
        for (const model of [MODEL, 'another model']) {
          const state = stateOf(together, model).state;
          expect(stateOf(reconciled(other, one), model).state).toBe(state);
          expect(stateOf(reconciled(together, other), model).state).toBe(state);
          if (epoch === 0) {
            const wasReady = [one, other].every((half) => stateOf(half, model).state === 'ready');
            expect(state === 'ready').toBe(wasReady);
          }
        }
        expect(together.epoch).toBe(epoch);
      }),
    );
  });
});

describe('an account that an operator has taken out', () => {
  it.each<[string, (health: AccountHealth) => AccountHealth]>([
    ['a limit', (health) => afterFailure(health, failure('rate_limit', 1000), callAt(NOW))],
    ['a quota', (health) => afterFailure(health, failure('quota'), callAt(NOW))],
    [
      'a fault of its own',
      (health) => afterFailure(health, failure('account_unusable'), callAt(NOW)),
    ],
    ['an image', (health) => afterSuccess(health, MODEL)],
    ['a probe', (health) => afterProbe(health, MODEL)],
    ['being taken out again', disabledByOperator],
    ['what another replica saw', (health) => reconciled(HEALTHY, health)],
  ])('stays out by its word after %s', (_what, transition) => {
    const health = transition(disabledByOperator(afterAll([failure('quota')])));
    expect(isDisabledByOperator(health)).toBe(true);
    expect(stateOf(health)).toEqual({
      state: 'disabled',
      cause: 'account_unusable',
      reason: 'disabled by an operator',
    });
  });

  it('disables an account in any state, until it is reset', () => {
    const health = disabledByOperator(afterAll([failure('account_unusable')]));
    expect(isDisabledByOperator(health)).toBe(true);
    expect(stateOf(resetHealth(health))).toEqual({ state: 'ready' });
    expect(isDisabledByOperator(afterAll([failure('account_unusable')]))).toBe(false);
  });
});
