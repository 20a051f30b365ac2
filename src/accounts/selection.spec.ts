import fc from 'fast-check';
import type { AccountRules } from './account';
import { READY, type Cause, type Condition } from './account-health';
import {
  choose,
  hashOf,
  refusalNow,
  retryAfterSeconds,
  type Candidate,
  type SelectionQuery,
} from './selection';

const NOW = 1_000_000;
const QUESTION: SelectionQuery = {
  model: 'gemini-3-pro-image',
  scheduling: 'balanced',
  stickyKey: undefined,
  tried: new Set(),
  deadlineAt: NOW + 600_000,
  now: NOW,
};

/** A candidate whose condition is the same for every model, and whether this image failed on it. */
interface Row extends Candidate {
  readonly condition: Condition;
  readonly tried: boolean;
}

function candidate(email: string, fields: Partial<Row> & Partial<AccountRules> = {}): Row {
  const { condition = READY, inFlight = 0, lastUsed = 0, tried = false, ...rules } = fields;
  return {
    rules: {
      email,
      maxConcurrency: 2,
      priority: 1,
      models: undefined,
      enabled: true,
      api: 'developer',
      ...rules,
    },
    condition,
    inFlight,
    lastUsed,
    tried,
    hash: hashOf(email),
    conditionFor: () => condition,
  };
}

const cooling = (ms: number, cause: Cause = 'rate_limit'): Condition => ({
  state: 'cooling',
  until: NOW + ms,
  cause,
  reason: '429',
});
const exhausted: Condition = {
  state: 'exhausted',
  until: NOW + 1e7,
  probeAt: NOW + 1,
  cause: 'quota',
  reason: 'q',
};
const probeable: Condition = { ...exhausted, probeAt: NOW };
const disabled: Condition = { state: 'disabled', cause: 'account_unusable', reason: '401' };

const triedOf = (rows: readonly Row[]) =>
  new Set(rows.filter(({ tried }) => tried).map(({ rules }) => rules.email));

function chosen(candidates: readonly Row[], query: Partial<SelectionQuery> = {}): string {
  const choice = choose(candidates, {
    ...QUESTION,
    tried: triedOf(candidates),
    ...query,
  });
  switch (choice.kind) {
    case 'lease':
      return choice.candidate.rules.email + (choice.isProbe ? ' as a probe' : '');
    case 'wait':
      return choice.until === undefined ? 'wait' : `wait ${choice.until - NOW}`;
    case 'refuse':
      return choice.fault.kind;
  }
}

describe('choose', () => {
  it.each<[string, Row[], Partial<SelectionQuery>, string]>([
    ['the only one', [candidate('a')], {}, 'a'],
    [
      'one of the API that takes it, though busier',
      [candidate('a'), candidate('b', { api: 'vertex', inFlight: 1 })],
      { api: 'vertex' },
      'b',
    ],
    [
      'to wait for one of that API, though others are free',
      [candidate('a'), candidate('b', { api: 'vertex', inFlight: 2 })],
      { api: 'vertex' },
      'wait',
    ],
    [
      'what is wrong with those of that API',
      [candidate('a'), candidate('b', { api: 'vertex', condition: cooling(60_000) })],
      { api: 'vertex' },
      'rate_limited',
    ],
    ['the least busy', [candidate('a', { inFlight: 1 }), candidate('b')], {}, 'b'],
    [
      'the longest idle',
      [candidate('a', { lastUsed: 5 }), candidate('b', { lastUsed: 3 })],
      {},
      'b',
    ],
    [
      'the lower priority number, though busier',
      [candidate('a', { priority: 2 }), candidate('b', { priority: 1, inFlight: 1 })],
      {},
      'b',
    ],
    [
      'the next priority when the first is full',
      [candidate('a', { priority: 2 }), candidate('b', { priority: 1, inFlight: 2 })],
      {},
      'a',
    ],
    [
      'file order until full',
      [candidate('a', { inFlight: 1 }), candidate('b')],
      { scheduling: 'fill-first' },
      'a',
    ],
    [
      'the next in file order when full',
      [candidate('a', { inFlight: 2 }), candidate('b')],
      { scheduling: 'fill-first' },
      'b',
    ],
    ['one that has not failed yet', [candidate('a', { tried: true }), candidate('b')], {}, 'b'],
    [
      'waiting for one that has not failed yet',
      [candidate('a', { tried: true }), candidate('b', { inFlight: 2 })],
      {},
      'wait',
    ],
    ['one that has failed, when none is left', [candidate('a', { tried: true })], {}, 'a'],
    ['waiting when all are full', [candidate('a', { inFlight: 2 })], {}, 'wait'],
    [
      'waiting until one has cooled, if that is sooner than a free slot',
      [candidate('a', { inFlight: 2 }), candidate('b', { condition: cooling(9000) })],
      {},
      'wait 9000',
    ],
    [
      'waiting out a short cooling',
      [candidate('a', { condition: cooling(5000) })],
      {},
      'wait 5000',
    ],
    [
      'not waiting out a long one',
      [candidate('a', { condition: cooling(5001) })],
      {},
      'rate_limited',
    ],
    [
      'quota, when all are exhausted',
      [candidate('a', { condition: exhausted }), candidate('b', { condition: disabled })],
      {},
      'quota_exhausted',
    ],
    [
      'a probe, when its time has come',
      [candidate('a', { condition: probeable })],
      {},
      'a as a probe',
    ],
    [
      'no probe where somebody is ready',
      [candidate('a', { condition: probeable }), candidate('b', { inFlight: 1 })],
      {},
      'b',
    ],
    [
      'no second probe for the same image',
      [candidate('a', { condition: probeable, tried: true })],
      {},
      'quota_exhausted',
    ],
    [
      'an account that may serve the model',
      [candidate('a', { models: ['other'] }), candidate('b', { inFlight: 1 })],
      {},
      'b',
    ],
    [
      'rate limit before quota',
      [candidate('a', { condition: exhausted }), candidate('b', { condition: cooling(9000) })],
      {},
      'rate_limited',
    ],
    [
      'a fault, when the model fails everywhere',
      [candidate('a', { condition: cooling(9000, 'fault') })],
      {},
      'upstream_error',
    ],
    [
      'no such model, when nobody has it',
      [candidate('a', { condition: cooling(600_000, 'model_missing') })],
      {},
      'model_not_found',
    ],
    ['no such model, when nobody is allowed it', [], {}, 'model_not_found'],
    ['nobody', [candidate('a', { condition: disabled })], {}, 'no_account_available'],
  ])('gives %s', (_name, candidates, query, expected) => {
    expect(chosen(candidates, query)).toBe(expected);
  });

  it.each<[string, readonly Condition[], number | undefined]>([
    ['the first quota that comes back', [exhausted, { ...exhausted, until: NOW + 1e6 }], NOW + 1e6],
    ['no model that is missing', [exhausted, cooling(600_000, 'model_missing')], NOW + 1e7],
    [
      'no time where only money brings it back',
      [{ ...exhausted, reason: '429 RESOURCE_EXHAUSTED credits depleted' }],
      undefined,
    ],
    [
      'the others beside such an account',
      [{ ...exhausted, until: NOW + 1e6, reason: '429 spending cap reached' }, exhausted],
      NOW + 1e7,
    ],
  ])('tells of quotas that are used up: %s', (_name, conditions, until) => {
    const rows = conditions.map((condition, index) => candidate(`${index}@x`, { condition }));
    expect(choose(rows, QUESTION)).toEqual({
      kind: 'refuse',
      fault: { kind: 'quota_exhausted', ...(until === undefined ? {} : { until }) },
    });
  });

  it.each([
    ['operator', 'first@x is disabled (bad key)'],
    ['member', undefined],
  ] as const)('reports the %s of disabled accounts: %s', (role, sentence) => {
    const unusable: Condition = { state: 'disabled', cause: 'account_unusable', reason: 'bad key' };
    const rows = ['first@x', 'second@x', 'third@x', 'fourth@x'].map((email) =>
      candidate(email, { condition: unusable }),
    );
    const reader = { consumer: { name: 'x', role }, accountHeader: 'email' } as const;
    const { fault } = choose(rows, { ...QUESTION, reader }) as { fault: { message: string } };
    expect(fault.message.includes('first@x')).toBe(sentence !== undefined);
    expect(fault.message).toContain(sentence ?? 'No account is usable');
    expect(fault.message.includes('shows the other 1.')).toBe(sentence !== undefined);
  });

  it('uses the soonest end as Retry-After', () => {
    const choice = choose(
      [
        candidate('a', { condition: cooling(20_000) }),
        candidate('b', { condition: cooling(7500) }),
      ],
      QUESTION,
    );
    expect(choice).toEqual({
      kind: 'refuse',
      fault: { kind: 'rate_limited', retryAfterSeconds: 8 },
    });
  });

  it('keeps a user on one account, and spreads users over all', () => {
    const candidates = ['a', 'b', 'c', 'd'].map((email) => candidate(email));
    const users = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    const counts = new Map<string, number>();
    for (const stickyKey of users) {
      const email = chosen(candidates, { scheduling: 'sticky', stickyKey });
      expect(chosen([...candidates].reverse(), { scheduling: 'sticky', stickyKey })).toBe(email);
      counts.set(email, (counts.get(email) ?? 0) + 1);
    }
    expect(counts.size).toBe(4);
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(60);
    }
  });

  it('moves only the users of a removed account', () => {
    const candidates = ['a', 'b', 'c'].map((email) => candidate(email));
    for (let index = 0; index < 100; index += 1) {
      const query = { scheduling: 'sticky', stickyKey: `user-${index}` } as const;
      const before = chosen(candidates, query);
      if (before !== 'c') {
        expect(chosen(candidates.slice(0, 2), query)).toBe(before);
      }
    }
  });

  it('never leases a full, cooling or disabled account, whatever the mixture', () => {
    const condition = fc.constantFrom(READY, cooling(100), cooling(1e6), exhausted, disabled);
    const any = fc.record({
      inFlight: fc.nat(3),
      lastUsed: fc.nat(9),
      tried: fc.boolean(),
      priority: fc.nat(2),
      condition,
    });
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 8 }),
        fc.constantFrom('balanced', 'fill-first', 'sticky'),
        (list, scheduling) => {
          const candidates = list.map((fields, index) => candidate(`a${index}`, fields));
          const tried = triedOf(candidates);
          const choice = choose(candidates, { ...QUESTION, tried, scheduling, stickyKey: 'u' });
          if (choice.kind === 'lease') {
            expect(choice.candidate.condition).toBe(READY);
            expect(choice.candidate.inFlight).toBeLessThan(2);
          }
          const someoneIsFree = candidates.some(
            ({ condition: { state }, inFlight, tried }) =>
              state === 'ready' && inFlight < 2 && !tried,
          );
          if (someoneIsFree) {
            expect(choice.kind).toBe('lease');
          }
        },
      ),
    );
  });
});

describe('refusalNow', () => {
  const a = candidate('a', { tried: true });
  const b = candidate('b', { tried: true, condition: cooling(20_000) });
  const untried = candidate('c');
  const busy = candidate('d', { inFlight: 2 });

  it.each<[string, Row[], boolean, number | undefined]>([
    ['one whose rate limit is over', [a], true, 1],
    ['one whose rate limit is over, and one whose is not', [a, b], true, 1],
    ['one whose rate limit is not over', [b], true, 20],
    ['one that has not been called', [a, b, untried], true, undefined],
    ['one that is busy', [a, busy], true, undefined],
    ['one that has failed otherwise', [a, b], false, undefined],
  ])('refuses with a Retry-After: %s', (_name, candidates, areTriedLimited, expected) => {
    const query = { ...QUESTION, tried: triedOf(candidates), areTriedLimited };
    expect(refusalNow(candidates, query)).toEqual(
      expected === undefined ? undefined : { kind: 'rate_limited', retryAfterSeconds: expected },
    );
  });
});

describe('retryAfterSeconds', () => {
  it.each([
    [0, 1],
    [-5, 1],
    [1001, 2],
    [60_000, 60],
    [3_600_000, 60],
  ])('%s ms → %s s', (waitMs, seconds) => {
    expect(retryAfterSeconds(waitMs)).toBe(seconds);
  });
});
