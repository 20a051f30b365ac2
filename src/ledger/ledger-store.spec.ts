import { openSqliteStore } from './sqlite-store';
import type { LedgerRow } from './ledger-row';
import type { LedgerStore } from './ledger-store';
import { addUsage, NO_USAGE } from './usage-span';

const DAY = Date.UTC(2026, 10, 28);
const HOUR = 3_600_000;

export function row(overrides: Partial<LedgerRow> = {}): LedgerRow {
  return {
    at: DAY + HOUR,
    requestId: 'r1',
    isFirst: true,
    api: 'images',
    consumer: 'design',
    user: undefined,
    account: 'studio@example.com',
    model: 'gemini-3-pro-image',
    size: '1K',
    ratio: '1:1',
    serviceTier: undefined,
    textInput: 9,
    imageInput: 0,
    textOutput: 30,
    imageOutput: 1120,
    microUsd: 134_778,
    listMicroUsd: 134_778,
    outcome: 'made',
    attempts: 1,
    ms: 20_000,
    ...overrides,
  };
}

describe('LedgerStore', () => {
  let store: LedgerStore;
  beforeEach(() => {
    store = openSqliteStore(':memory:');
  });
  afterEach(() => store.close());

  const all = { from: DAY, to: DAY + 24 * HOUR };

  it('lets others work while it deletes many old rows', async () => {
    const rows = Array.from({ length: 250 }, () => row({ at: DAY - 24 * HOUR }));
    for (let batch = 0; batch < 24; batch += 1) {
      await store.write({ id: `b${batch}`, rows });
    }
    const order: string[] = [];
    setImmediate(() => order.push('another'));
    await store.prune(DAY);
    order.push('all deleted');
    expect(order).toEqual(['another', 'all deleted']);
  });

  it('has nothing at first', async () => {
    expect(await store.usage({ ...all, groupBy: [] })).toEqual([]);
    expect(await store.usage({ ...all, groupBy: ['consumer'] })).toEqual([]);
  });

  it('sums rows by the requested groups', async () => {
    await store.write({
      id: 'a',
      rows: [
        row(),
        row({ isFirst: false, outcome: 'moderation_blocked', microUsd: 5, imageOutput: 0 }),
        row({ consumer: 'shop', requestId: 'r2', model: 'gemini-2.5-flash-image', microUsd: 10 }),
      ],
    });
    await store.write({ id: 'b', rows: [row({ requestId: 'r3', microUsd: 1 })] });
    expect(await store.usage({ ...all, groupBy: ['consumer', 'model'] })).toEqual([
      {
        keys: { consumer: 'design', model: 'gemini-3-pro-image' },
        images: 2,
        failed: 1,
        requests: 2,
        inputTokens: 27,
        outputTokens: 2330,
        microUsd: 134_784,
      },
      {
        keys: { consumer: 'shop', model: 'gemini-2.5-flash-image' },
        images: 1,
        failed: 0,
        requests: 1,
        inputTokens: 9,
        outputTokens: 1150,
        microUsd: 10,
      },
    ]);
    const [total] = await store.usage({ ...all, groupBy: [] });
    expect(total).toMatchObject({ keys: {}, images: 3, failed: 1, requests: 3 });
    expect(await store.usage({ ...all, groupBy: [], only: { consumer: ['shop'] } })).toMatchObject([
      { images: 1 },
    ]);
  });

  it('writes a batch only once, however often it is called', async () => {
    await store.write({ id: 'a', rows: [row()] });
    await store.write({ id: 'a', rows: [row()] });
    const rows = { from: DAY + 1, to: DAY + 2 * HOUR };
    expect(await store.usage({ ...all, groupBy: [] })).toMatchObject([{ images: 1 }]);
    expect(await store.usage({ ...rows, groupBy: [] })).toMatchObject([{ images: 1 }]);
  });

  it('has the same from sums of days and from rows, to the millisecond', async () => {
    const times = [0, 1, HOUR, 23 * HOUR, 24 * HOUR - 1, 24 * HOUR, 30 * HOUR, 48 * HOUR];
    await store.write({
      id: 'a',
      rows: times.map((time, index) => row({ at: DAY + time, microUsd: 2 ** index })),
    });
    for (const from of [...times, 5]) {
      for (const to of [...times, 49 * HOUR].filter((time) => time >= from)) {
        const groups = await store.usage({ from: DAY + from, to: DAY + to, groupBy: ['day'] });
        const { microUsd } = groups.reduce<typeof NO_USAGE>(addUsage, NO_USAGE);
        const expected = times.reduce(
          (sum, time, index) => (time >= from && time < to ? sum + 2 ** index : sum),
          0,
        );
        expect([from, to, microUsd]).toEqual([from, to, expected]);
      }
    }
  });

  it('omits groups outside the time span, even if they are in its day', async () => {
    await store.write({
      id: 'a',
      rows: [
        row({ at: DAY - HOUR }),
        row({ at: DAY + HOUR, consumer: 'early' }),
        row({ at: DAY + 9 * HOUR, consumer: 'late' }),
      ],
    });
    const most = { from: DAY + 2 * HOUR, to: DAY + 24 * HOUR };
    expect(await store.usage({ ...most, groupBy: ['consumer'] })).toMatchObject([
      { keys: { consumer: 'late' }, images: 1 },
    ]);
    expect(await store.usage({ ...most, groupBy: [], only: { consumer: ['early'] } })).toEqual([]);
  });

  it('deletes old rows and keeps their sums', async () => {
    const rows = Array.from({ length: 6000 }, (_, index) => row({ at: DAY + index }));
    await store.write({ id: 'a', rows: rows.slice(0, 900) });
    await store.write({ id: 'b', rows: rows.slice(900, 1800) });
    await store.prune(DAY + 1000);
    const half = { from: DAY + 1, to: DAY + HOUR, groupBy: [] };
    expect(await store.usage(half)).toMatchObject([{ images: 800 }]);
    // More than half of the day: its sum has rows that are deleted, so it must not be taken for all rows.
    const most = { from: DAY + 1, to: DAY + 23 * HOUR, groupBy: [] };
    expect(await store.usage(most)).toMatchObject([{ images: 800 }]);
    expect(await store.usage({ ...all, groupBy: [] })).toMatchObject([{ images: 1800 }]);
  });
});
