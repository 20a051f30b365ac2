import { LedgerWriter } from './ledger-writer';
import type { LedgerBatch, LedgerRow } from './ledger-row';
import { until } from '../../test/until';

/** A database that keeps what it is given, and fails while it is told to. */
class KeptRows {
  readonly batches: LedgerBatch[] = [];
  readonly tries: string[] = [];
  fault: Error | undefined;

  write(batch: LedgerBatch): Promise<void> {
    this.tries.push(batch.id);
    if (this.fault !== undefined) {
      return Promise.reject(this.fault);
    }
    this.batches.push(batch);
    return Promise.resolve();
  }

  get rows(): readonly string[] {
    return this.batches.flatMap(({ rows }) => rows.map(({ requestId }) => requestId));
  }
}

const row = (requestId: string) => ({ requestId }) as LedgerRow;
const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `r${from + index}`);

describe('LedgerWriter', () => {
  let database: KeptRows;
  let lines: { readonly text: string; readonly facts: object }[];
  const log = {
    info: (facts: object, text: string) => lines.push({ facts, text }),
    warn: (facts: object, text: string) => lines.push({ facts, text }),
    error: (facts: object, text: string) => lines.push({ facts, text }),
  };
  const writerOf = (maxPending?: number) =>
    new LedgerWriter({ ...unread, write: (batch) => database.write(batch) }, log, maxPending);
  const unread = {
    usage: () => Promise.resolve([]),
    countQuotas: () => Promise.reject(new Error('not asked for here')),
    prune: () => Promise.resolve(),
    records: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  beforeEach(() => {
    database = new KeptRows();
    lines = [];
  });

  it('writes in order, in batches of 250', async () => {
    const writer = writerOf();
    for (const name of names(0, 600)) {
      writer.add(row(name));
    }
    expect(writer.status.pending).toBe(600);
    await writer.flush(10_000);
    expect(database.batches.map(({ rows }) => rows.length)).toEqual([250, 250, 100]);
    expect(database.rows).toEqual(names(0, 600));
    expect(writer.status).toMatchObject({ isUp: true, pending: 0, dropped: 0 });
    expect(lines).toEqual([]);
  });

  it('waits for more before each batch, also while rows keep coming', async () => {
    const writer = writerOf();
    let written: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (written = resolve));
    const write = jest.spyOn(database, 'write').mockImplementationOnce((batch) => {
      database.batches.push(batch);
      return first;
    });
    writer.add(row('r0'));
    await until(() => write.mock.calls.length === 1);
    writer.add(row('r1'));
    written();
    await new Promise(setImmediate);
    writer.add(row('r2'));
    await until(() => database.rows.length === 3);
    expect(database.batches.map(({ rows }) => rows.length)).toEqual([1, 2]);
  });

  it('retries the same batch until it is written, and logs this once', async () => {
    const writer = writerOf();
    database.fault = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    writer.add(row('r0'));
    await until(() => database.tries.length >= 2);
    writer.add(row('r1'));
    expect(writer.status).toMatchObject({ isUp: false, pending: 2, reason: 'ECONNREFUSED' });
    database.fault = undefined;
    await writer.flush(10_000);
    expect(database.rows).toEqual(['r0', 'r1']);
    expect(new Set(database.tries).size).toBe(2);
    expect(writer.status).toMatchObject({ isUp: true, pending: 0, reason: undefined });
    expect(lines.map(({ text }) => text)).toEqual([
      'ledger cannot be written, images are still served; retrying',
      'ledger is back',
    ]);
  });

  it('drops the oldest if too many wait, counts and logs them', async () => {
    const writer = writerOf(300);
    database.fault = new Error('disk full');
    writer.add(row('r0'));
    await until(() => database.tries.length > 0);
    for (const name of names(1, 310)) {
      writer.add(row(name));
    }
    expect(writer.status).toMatchObject({ pending: 300, dropped: 10, reason: 'disk full' });
    database.fault = undefined;
    await writer.flush(10_000);
    // The one that was being written stays; then come those that are left.
    expect(database.rows).toEqual(['r0', ...names(11, 310)]);
    expect(lines.filter(({ text }) => text.includes('dropped'))).toHaveLength(1);
  });

  it('reports that a write hangs, keeps waiting for it, and reports its end', async () => {
    jest.useFakeTimers();
    try {
      let end: () => void = () => undefined;
      const hanging = new Promise<void>((resolve) => (end = resolve));
      const writer = new LedgerWriter({ ...unread, write: () => hanging }, log);
      writer.add(row('r0'));
      await jest.advanceTimersByTimeAsync(4000);
      expect(writer.status.isUp).toBe(true);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(writer.status).toMatchObject({ isUp: false, pending: 1, reason: 'timeout' });
      end();
      await jest.advanceTimersByTimeAsync(0);
      expect(writer.status).toMatchObject({ isUp: true, pending: 0, reason: undefined });
      expect(lines.map(({ text }) => text)).toEqual([
        'ledger cannot be written, images are still served; retrying',
        'ledger is back',
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('waits for a flush no longer than its limit', async () => {
    const writer = writerOf();
    database.fault = new Error('away');
    writer.add(row('r0'));
    await writer.flush(20);
    expect(writer.status.pending).toBe(1);
    await writerOf().flush(10_000);
  });
});
