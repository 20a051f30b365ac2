import fc from 'fast-check';
import { carryOut, type KnownReservation, type QuotaRecord } from './quota-account';
import type { QuotaAmount, QuotaRules } from './quota-rules';
import type { QuotaChange } from './quota-store';

const DAY = '2026-11-28';
const MONTH = '2026-11';

const amount = (images: number, microUsd = 0): QuotaAmount => ({ images, microUsd });

const entry = (id: string, what: QuotaAmount) => ({
  id,
  consumer: 'design',
  day: DAY,
  month: MONTH,
  at: 0,
  lapsesAt: 1000,
  amount: what,
});
const reserve = (id: string, what: QuotaAmount, rules: QuotaRules): QuotaChange => ({
  ...entry(id, what),
  kind: 'reserve',
  rules,
});
const hold = (id: string, what: QuotaAmount): QuotaChange => ({ ...entry(id, what), kind: 'hold' });
const settle = (id: string, what: QuotaAmount): QuotaChange => ({
  ...entry(id, what),
  kind: 'settle',
});

/** What a database has: settled and open images and money, and the reservations that it knows. */
const record = (
  settled: QuotaAmount,
  open: QuotaAmount,
  known: readonly KnownReservation[] = [],
): QuotaRecord => ({ settled: totals(settled), open: totals(open), known });
const totals = ({ images, microUsd }: QuotaAmount) => [
  { consumer: 'design', period: DAY, total: images },
  { consumer: 'design', period: MONTH, total: microUsd },
];
const known = (id: string, what: QuotaAmount, state: 'open' | 'settled' | 'lapsed') => ({
  id,
  amount: what,
  isSettled: state === 'settled',
  isLapsed: state === 'lapsed',
});

describe('carryOut', () => {
  it.each<[string, QuotaAmount, QuotaAmount, QuotaAmount, QuotaRules, string | undefined]>([
    ['nothing used', amount(0), amount(0), amount(3), { imagesPerDay: 3 }, undefined],
    ['one too many', amount(0), amount(0), amount(4), { imagesPerDay: 3 }, 'imagesPerDay'],
    ['all settled', amount(3), amount(0), amount(1), { imagesPerDay: 3 }, 'imagesPerDay'],
    ['all at work', amount(0), amount(3), amount(1), { imagesPerDay: 3 }, 'imagesPerDay'],
    ['room beside both', amount(1), amount(1), amount(1), { imagesPerDay: 3 }, undefined],
    [
      'the last micro-dollar',
      amount(0, 5),
      amount(0, 3),
      amount(1, 2),
      { microUsdPerMonth: 10 },
      undefined,
    ],
    [
      'one above',
      amount(0, 5),
      amount(0, 3),
      amount(1, 3),
      { microUsdPerMonth: 10 },
      'usdPerMonth',
    ],
    [
      'the day first',
      amount(9, 9),
      amount(0),
      amount(2, 2),
      { imagesPerDay: 10, microUsdPerMonth: 10 },
      'imagesPerDay',
    ],
    ['no limit at all', amount(9, 9), amount(9, 9), amount(9, 9), {}, undefined],
  ])('%s', (_name, settled, open, asked, rules, limit) => {
    const {
      outcomes,
      written,
      totals: after,
    } = carryOut([reserve('a', asked, rules)], record(settled, open));
    expect(outcomes[0]?.refusal?.limit).toBe(limit);
    expect(outcomes[0]?.counted).toEqual(limit === undefined ? asked : amount(0));
    expect(written).toHaveLength(limit === undefined ? 1 : 0);
    const more = limit === undefined ? asked : amount(0);
    expect(after.map(({ total }) => total)).toEqual([
      settled.images + open.images + more.images,
      settled.microUsd + open.microUsd + more.microUsd,
    ]);
  });

  it.each<[string, QuotaChange, QuotaRecord, QuotaAmount, number, number]>([
    // What is done again, what comes late, and what nobody knew of.
    [
      'a reservation asked for again counts once',
      reserve('a', amount(2), { imagesPerDay: 2 }),
      record(amount(0), amount(2), [known('a', amount(2), 'open')]),
      amount(2),
      2,
      0,
    ],
    [
      'a reservation that has been settled stays so',
      reserve('a', amount(2), { imagesPerDay: 2 }),
      record(amount(1), amount(0), [known('a', amount(1), 'settled')]),
      amount(1),
      1,
      0,
    ],
    [
      'a held one counts whatever the limit',
      hold('a', amount(5)),
      record(amount(9), amount(0)),
      amount(5),
      14,
      0,
    ],
    [
      'a settled one counts for what was used',
      settle('a', amount(1)),
      record(amount(4), amount(3), [known('a', amount(3), 'open')]),
      amount(1),
      5,
      1,
    ],
    [
      'a settled one is not settled again',
      settle('a', amount(1)),
      record(amount(4), amount(0), [known('a', amount(1), 'settled')]),
      amount(1),
      4,
      0,
    ],
    [
      'one that has lapsed is settled all the same',
      settle('a', amount(2)),
      record(amount(4), amount(0), [known('a', amount(3), 'lapsed')]),
      amount(2),
      6,
      2,
    ],
    [
      'one that was never told is settled as well',
      settle('a', amount(2)),
      record(amount(4), amount(1)),
      amount(2),
      7,
      2,
    ],
  ])('%s', (_name, change, before, counted, total, added) => {
    const result = carryOut([change], before);
    expect(result.outcomes).toEqual([{ counted }]);
    expect(result.totals.find(({ period }) => period === DAY)?.total).toBe(total);
    expect(result.added.find(({ period }) => period === DAY)?.total ?? 0).toBe(added);
  });

  it('decides in order, so that one batch equals many', () => {
    const rules = { imagesPerDay: 5 };
    const changes = [
      reserve('a', amount(3), rules),
      reserve('b', amount(3), rules),
      settle('a', amount(1)),
      reserve('c', amount(4), rules),
      reserve('d', amount(1), rules),
    ];
    const { outcomes, written } = carryOut(changes, record(amount(0), amount(0)));
    expect(outcomes.map(({ refusal }) => refusal?.used)).toEqual([
      undefined,
      3,
      undefined,
      undefined,
      5,
    ]);
    expect(written.map(({ id, isSettled }) => [id, isSettled])).toEqual([
      ['a', true],
      ['c', false],
    ]);
  });

  it('keeps consumers and periods apart', () => {
    const rules = { imagesPerDay: 1 };
    const changes = [
      reserve('a', amount(1), rules),
      { ...reserve('b', amount(1), rules), consumer: 'shop' },
      { ...reserve('c', amount(1), rules), day: '2026-11-29' },
      reserve('d', amount(1), rules),
    ];
    const { outcomes } = carryOut(changes, { settled: [], open: [], known: [] });
    expect(outcomes.map(({ refusal }) => refusal === undefined)).toEqual([true, true, true, false]);
  });
});

describe('carryOut, with any changes in any batches', () => {
  interface Step {
    readonly kind: 'reserve' | 'settle' | 'lapse';
    readonly which: number;
    readonly images: number;
    readonly price: number;
    readonly isLost: boolean;
    readonly endsBatch: boolean;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom(
      'reserve' as const,
      'reserve' as const,
      'settle' as const,
      'lapse' as const,
    ),
    which: fc.nat(9),
    images: fc.integer({ min: 1, max: 4 }),
    price: fc.integer({ min: 0, max: 30 }),
    isLost: fc.boolean(),
    endsBatch: fc.boolean(),
  });
  const RULES = { imagesPerDay: 12, microUsdPerMonth: 100 };

  /** A database in its simplest form: one that remembers everything. */
  class Remembering {
    readonly rows = new Map<
      string,
      { amount: QuotaAmount; state: 'open' | 'settled' | 'lapsed' }
    >();
    settledTotal = amount(0);

    apply(changes: readonly QuotaChange[]) {
      const open = [...this.rows.values()].filter(({ state }) => state === 'open');
      const {
        outcomes,
        written,
        added,
        totals: after,
      } = carryOut(
        changes,
        record(
          this.settledTotal,
          amount(
            open.reduce((sum, { amount: { images } }) => sum + images, 0),
            open.reduce((sum, { amount: { microUsd } }) => sum + microUsd, 0),
          ),
          [...this.rows].map(([id, { amount: what, state }]) => known(id, what, state)),
        ),
      );
      for (const { id, amount: what, isSettled } of written) {
        this.rows.set(id, { amount: what, state: isSettled ? 'settled' : 'open' });
      }
      this.settledTotal = amount(
        this.settledTotal.images + (added.find(({ period }) => period === DAY)?.total ?? 0),
        this.settledTotal.microUsd + (added.find(({ period }) => period === MONTH)?.total ?? 0),
      );
      return { outcomes, after };
    }
  }

  it('exceeds no limit, and settles each reservation once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const database = new Remembering();
        const reserved = new Map<string, QuotaAmount>();
        const used = new Map<string, QuotaAmount>();
        let batch: QuotaChange[] = [];
        const send = (isLost: boolean) => {
          const { outcomes } = database.apply(batch);
          batch.forEach((change, index) => {
            if (change.kind === 'reserve' && outcomes[index]?.refusal === undefined) {
              reserved.set(change.id, change.amount);
            }
          });
          if (isLost) {
            // The reply was lost: all of it is told again, and nothing changes.
            const before = JSON.stringify([...database.rows, database.settledTotal]);
            database.apply(batch.filter(({ kind }) => kind !== 'reserve'));
            expect(JSON.stringify([...database.rows, database.settledTotal])).toBe(before);
          }
          batch = [];
        };
        steps.forEach(({ kind, which, images, price, isLost, endsBatch }, index) => {
          const id = [...reserved.keys()][which];
          if (kind === 'reserve') {
            batch.push(reserve(`r${index}`, amount(images, images * price), RULES));
          } else if (kind === 'settle' && id !== undefined && !used.has(id)) {
            const all = reserved.get(id) ?? amount(0);
            // Some of them were not made, and cost nothing.
            const made = Math.min(all.images, images);
            const what = amount(made, Math.floor((all.microUsd * made) / all.images));
            used.set(id, what);
            batch.push(settle(id, what));
          } else if (kind === 'lapse' && id !== undefined && !used.has(id)) {
            const row = database.rows.get(id);
            if (row?.state === 'open') {
              row.state = 'lapsed';
              used.set(id, amount(0));
            }
          }
          if (endsBatch) {
            send(isLost);
          }
        });
        send(false);
        const counting = [...database.rows].filter(([, { state }]) => state !== 'lapsed');
        const total = counting.reduce(
          (sum, [, { amount: what }]) =>
            amount(sum.images + what.images, sum.microUsd + what.microUsd),
          amount(0),
        );
        expect(total.images).toBeLessThanOrEqual(RULES.imagesPerDay);
        expect(total.microUsd).toBeLessThanOrEqual(RULES.microUsdPerMonth);
        const settledRows = counting.filter(([, { state }]) => state === 'settled');
        expect(database.settledTotal.images).toBe(
          settledRows.reduce(
            (
              sum,
              [
                ,
                {
                  amount: { images },
                },
              ],
            ) => sum + images,
            0,
          ),
        );
        for (const [id, { amount: what }] of settledRows) {
          expect(what).toEqual(used.get(id));
        }
      }),
      { numRuns: 300 },
    );
  });
});
