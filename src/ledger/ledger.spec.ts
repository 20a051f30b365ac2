import { ImageRecords, type RecordedImage } from '../attempts/image-records';
import { QuotaBook } from '../consumers/limits/quota-book';
import { until } from '../../test/until';
import { Ledger } from './ledger';
import type { LedgerDatabase } from './ledger-database';
import { openSqliteStore } from './sqlite-store';
import type { LedgerStore } from './ledger-store';

const LAPSE_MS = 660_000;
const RULES = { imagesPerDay: 10 };
const ONE = { images: 1, microUsd: 0 };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A database that is away for the first calls. */
class ReturningDatabase implements LedgerDatabase {
  /** What it was asked to do, in order, with whether it did. */
  readonly calls: [keyof LedgerDatabase, boolean][] = [];
  isAway = true;
  /** How many changes of quotas still fail once it is back. */
  failingQuotas = 0;

  constructor(private readonly store: LedgerStore) {}

  write: LedgerDatabase['write'] = (batch) => this.run('write', () => this.store.write(batch));
  countQuotas: LedgerDatabase['countQuotas'] = (batch) => {
    const fails = !this.isAway && this.failingQuotas > 0;
    this.failingQuotas -= fails ? 1 : 0;
    return this.run('countQuotas', () => this.store.countQuotas(batch), fails);
  };
  usage: LedgerDatabase['usage'] = (query) => this.store.usage(query);
  records: LedgerDatabase['records'] = (call) => this.store.records(call);
  prune = () => Promise.resolve();
  close = () => this.store.close();

  private run<Value>(
    name: keyof LedgerDatabase,
    call: () => Promise<Value>,
    fails = false,
  ): Promise<Value> {
    const works = !this.isAway && !fails;
    this.calls.push([name, works]);
    return works ? call() : Promise.reject(new Error('ECONNREFUSED'));
  }
}

/** An image that was made for a consumer. */
function made(consumer: string): RecordedImage {
  const record = {
    at: Date.now(),
    account: 'a@test',
    model: 'gemini-3-pro-image',
    imageSize: '1K',
    aspectRatio: '1:1',
    microUsd: 134_000,
    listMicroUsd: 134_000,
    outcome: 'made',
    attempts: 1,
    ms: 10,
  };
  const context = {
    id: 'r1',
    api: 'images',
    consumer: { name: consumer },
    outcome: { records: [record] },
  };
  return { record, context, user: undefined } as unknown as RecordedImage;
}

describe('Ledger', () => {
  it.each([0, 1, 3])(
    'counts an image once that was made while the database was away, after %s further failures',
    async (failures) => {
      const store = openSqliteStore(':memory:');
      const database = new ReturningDatabase(store);
      const records = new ImageRecords();
      const ledger = new Ledger(database, { kind: 'postgres', retentionDays: 1 }, records, log);
      const { quotas } = ledger;
      if (quotas === undefined) {
        throw new Error('it counts no quotas');
      }
      const book = new QuotaBook(quotas, LAPSE_MS, log);
      const decision = await book.reserve('design', RULES, ONE);
      if (!decision.granted) {
        throw new Error('it was refused');
      }
      records.images.next(made('design'));
      book.settle(decision.held, ONE);
      await until(() =>
        database.calls.some(([name]) => name === 'write' || name === 'countQuotas'),
      );
      database.failingQuotas = failures;
      database.isAway = false;
      await until(() => ledger.status.pending === 0);
      // Another replica looks, and begins the day with the row that is there.
      const other = new QuotaBook(
        {
          apply: (batch) => store.countQuotas(batch),
          isShared: true,
          beforeRows: () => undefined,
          beforeClose: () => undefined,
        },
        LAPSE_MS,
        log,
      );
      const usedNow = async () => {
        await other.refresh(['design']);
        return other.lastUsed('design').images;
      };
      expect(await usedNow()).toBe(1);
      await book.flush();
      expect(await usedNow()).toBe(1);
      const done = database.calls.filter(([, works]) => works).map(([name]) => name);
      expect(done.indexOf('write')).toBeGreaterThan(done.indexOf('countQuotas'));
      await ledger.onApplicationShutdown();
    },
  );
});
