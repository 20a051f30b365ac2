import fc from 'fast-check';
import { HEALTHY, type AccountHealth, type Cause, type Condition } from './account-health';
import { readHealth, writeHealth } from './health-record';

const cause = fc.constantFrom<Cause[]>(
  'rate_limit',
  'quota',
  'fault',
  'account_unusable',
  'model_missing',
);
const time = fc.nat({ max: 4_000_000_000_000 });
const reason = fc.string();
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant<Condition>({ state: 'ready' }),
  fc.record({ state: fc.constant('disabled' as const), cause, reason }),
  fc.record({ state: fc.constant('cooling' as const), until: time, cause, reason }),
  fc.record({
    state: fc.constant('exhausted' as const),
    until: time,
    probeAt: time,
    cause,
    reason,
  }),
);
const mapOf = <V>(values: fc.Arbitrary<V>): fc.Arbitrary<ReadonlyMap<string, V>> =>
  fc.array(fc.tuple(fc.string(), values), { maxLength: 4 }).map((pairs) => new Map(pairs));
const anyHealth: fc.Arbitrary<AccountHealth> = fc.record({
  epoch: fc.nat(),
  condition: anyCondition,
  models: mapOf(anyCondition),
  bareRateLimits: fc.nat({ max: 20 }),
  faults: mapOf(fc.record({ count: fc.nat(), at: time })),
});

describe('the record of an account’s health', () => {
  it('reads what was written, on one line', () => {
    fc.assert(
      fc.property(anyHealth, (health) => {
        const record = writeHealth(health);
        expect(record).not.toContain('\n');
        expect(readHealth(record)).toEqual(health);
      }),
    );
  });

  it('has the names that older versions read, and write', () => {
    expect(JSON.parse(writeHealth({ ...HEALTHY, epoch: 2 }))).toEqual({
      chances: 2,
      condition: { state: 'ready' },
      bareRateLimits: 0,
      models: [],
      faults: [],
    });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"condition":'],
    ['another thing', '[1,2]'],
    ['a state that is unknown', '{"chances":0,"bareRateLimits":0,"condition":{"state":"asleep"}}'],
    [
      'a condition without its end',
      '{"chances":0,"bareRateLimits":0,"condition":{"state":"cooling","cause":"quota","reason":"x"}}',
    ],
    ['no chances', '{"bareRateLimits":0,"condition":{"state":"ready"}}'],
  ])('is healthy if there is %s', (_name, record) => {
    expect(readHealth(record)).toEqual(HEALTHY);
  });

  it('drops single models that are invalid', () => {
    const record =
      '{"chances":1,"bareRateLimits":0,"condition":{"state":"ready"},' +
      '"models":[["m",{"state":"ready"}],["n",{"state":"?"}],7],"faults":"none"}';
    expect(readHealth(record)).toEqual({
      ...HEALTHY,
      epoch: 1,
      models: new Map([['m', { state: 'ready' }]]),
    });
  });
});
