import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../test/until';
import { openSqliteStore } from '../../ledger/sqlite-store';
import type { LedgerStore } from '../../ledger/ledger-store';
import { QuotaBook } from './quota-book';
import type { QuotaDecision } from './quota-view';
import type { QuotaBatch, QuotaReply, QuotaStore } from './quota-store';

const LAPSE_MS = 660_000;
const HOUR = 3_600_000;

const images = (count: number, microUsd = 0) => ({ images: count, microUsd });

/** A real database that fails, hangs or loses its replies when told to. */
class TroubledStore implements QuotaStore {
  mode: 'works' | 'fails' | 'hangs' | 'loses replies' = 'works';
  batches: QuotaBatch[] = [];
  private readonly hanging: (() => void)[] = [];

  constructor(
    private readonly database: LedgerStore,
    readonly isShared = true,
  ) {}

  async apply(batch: QuotaBatch): Promise<QuotaReply> {
    this.batches.push(batch);
    if (this.mode === 'fails') {
      throw new Error('ECONNREFUSED');
    }
    if (this.mode === 'hangs') {
      await new Promise<void>((resolve) => this.hanging.push(resolve));
    }
    const reply = await this.database.countQuotas(batch);
    if (this.mode === 'loses replies') {
      throw new Error('ECONNRESET');
    }
    return reply;
  }

  recover(): void {
    this.mode = 'works';
    this.hanging.splice(0).forEach((go) => {
      go();
    });
  }

  beforeRows(): void {
    // There is no ledger beside it.
  }

  beforeClose(): void {
    // The tests end their books themselves.
  }
}

describe('QuotaBook', () => {
  let database: LedgerStore;
  let store: TroubledStore;
  let now: number;
  let lines: string[];
  let books: QuotaBook[];
  const log = {
    info: (_fields: object, text: string) => lines.push(text),
    warn: (_fields: object, text: string) => lines.push(text),
  };
  const bookOn = (on: QuotaStore = store) => {
    const book = new QuotaBook(on, LAPSE_MS, log, () => now);
    books.push(book);
    return book;
  };
  const heldOf = (decision: QuotaDecision) => {
    if (!decision.granted) {
      throw new Error(`refused: ${decision.refusal.limit}`);
    }
    return decision.held;
  };
  const usedOf = async (book: QuotaBook, name = 'design') => {
    await book.refresh([name]);
    return book.lastUsed(name);
  };

  beforeEach(() => {
    database = openSqliteStore(':memory:');
    store = new TroubledStore(database);
    now = Date.parse('2026-11-30T22:00:00Z');
    lines = [];
    books = [];
  });
  afterEach(async () => {
    store.recover();
    await Promise.all(books.map((book) => book.flush()));
    await database.close();
  });

  it.each([1, 200, 450])('says when all of %s changes are in the database', async (count) => {
    const book = bookOn();
    store.mode = 'fails';
    await book.refresh(['design']);
    const consumers = Array.from({ length: count }, (_, index) => `team-${index}`);
    for (const consumer of consumers) {
      book.settle(heldOf(await book.reserve(consumer, { imagesPerDay: 1 }, images(1))), images(1));
    }
    await expect(book.sent()).rejects.toThrow('ECONNREFUSED');
    store.recover();
    await book.sent();
    const settled = store.batches.flatMap(({ changes }) =>
      changes.filter(({ kind }) => kind === 'settle').map(({ consumer }) => consumer),
    );
    expect(new Set(settled)).toEqual(new Set(consumers));
    const other = bookOn();
    await other.refresh(consumers);
    expect(consumers.map((consumer) => other.lastUsed(consumer).images)).toEqual(
      consumers.map(() => 1),
    );
  });

  it('grants all or nothing to any number of concurrent requests', async () => {
    const books = [bookOn(), bookOn()];
    const rules = { imagesPerDay: 20 };
    const decisions = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (books[index % 2] as QuotaBook).reserve('design', rules, images(3)),
      ),
    );
    expect(decisions.filter(({ granted }) => granted)).toHaveLength(6);
    expect(decisions.find(({ granted }) => !granted)).toMatchObject({
      refusal: { limit: 'imagesPerDay', used: 18 },
      at: now,
    });
    // However many they are, they are few transactions.
    expect(store.batches.length).toBeLessThan(20);
    expect(await usedOf(books[0] as QuotaBook)).toEqual(images(18));
  });

  it('settles by actual use, and frees the rest', async () => {
    const [book, other] = [bookOn(), bookOn()];
    const rules = { microUsdPerMonth: 100 };
    const held = heldOf(await book.reserve('design', rules, images(3, 90)));
    expect(await other.reserve('design', rules, images(1, 30))).toMatchObject({
      granted: false,
      refusal: { limit: 'usdPerMonth', used: 90 },
    });
    book.settle(held, images(2, 55));
    await until(async () => (await usedOf(other)).microUsd === 55);
    expect((await other.reserve('design', rules, images(1, 45))).granted).toBe(true);
    expect((await book.reserve('design', rules, images(1, 1))).granted).toBe(false);
  });

  it('counts in the day and the month of the request', async () => {
    const book = bookOn();
    const rules = { imagesPerDay: 3, microUsdPerMonth: 30 };
    now = Date.parse('2026-11-30T23:59:58.000Z');
    const before = heldOf(await book.reserve('design', rules, images(3, 30)));
    now = Date.parse('2026-11-30T23:59:59.999Z');
    expect((await book.reserve('design', rules, images(1, 1))).granted).toBe(false);
    now = Date.parse('2026-12-01T00:00:00.000Z');
    expect(await usedOf(book)).toEqual(images(0, 0));
    const after = heldOf(await book.reserve('design', rules, images(2, 10)));
    // It is over only now, and is of yesterday all the same.
    book.settle(before, images(3, 30));
    book.settle(after, images(1, 5));
    await until(async () => (await usedOf(book)).images === 1);
    expect(await usedOf(book)).toEqual(images(1, 5));
    now = Date.parse('2026-12-02T00:00:00.000Z');
    expect(await usedOf(book)).toEqual(images(0, 5));
    expect((await book.reserve('design', rules, images(1, 26))).granted).toBe(false);
    expect((await book.reserve('design', rules, images(3, 25))).granted).toBe(true);
  });

  it('drops an unsettled reservation once it has lapsed', async () => {
    const [killed, other] = [bookOn(), bookOn()];
    const rules = { imagesPerDay: 3 };
    await killed.reserve('design', rules, images(3));
    now += LAPSE_MS - 1;
    expect((await other.reserve('design', rules, images(1))).granted).toBe(false);
    now += 1;
    expect((await other.reserve('design', rules, images(3))).granted).toBe(true);
  });

  it('restores after a restart what was used before', async () => {
    const first = bookOn();
    const rules = { imagesPerDay: 3 };
    first.settle(heldOf(await first.reserve('design', rules, images(2))), images(2));
    await first.flush();
    const second = bookOn();
    await second.start(['design', 'shop']);
    store.mode = 'fails';
    expect((await second.reserve('design', rules, images(2))).granted).toBe(false);
    expect((await second.reserve('design', rules, images(1))).granted).toBe(true);
  });

  it('looks up thousands without beginning anything for them', async () => {
    const book = bookOn();
    const names = Array.from({ length: 3000 }, (_, index) => `team-${index}`);
    const rules = { imagesPerDay: 3 };
    book.settle(heldOf(await book.reserve('team-7', rules, images(2))), images(2));
    await book.flush();
    const second = bookOn();
    const before = store.batches.length;
    await second.start(names);
    expect(second.status.isUp).toBe(true);
    expect(store.batches.length).toBe(before + 1);
    expect(second.lastUsed('team-7')).toEqual(images(2));
    const { totals } = await database.countQuotas({ at: now, changes: [], consumers: names });
    expect(totals.map(({ consumer }) => consumer)).toEqual(['team-7', 'team-7']);
  });

  it('begins with the ledger’s sums if there was no limit before', async () => {
    const row = {
      requestId: 'r',
      isFirst: true,
      api: 'images',
      consumer: 'design',
      user: undefined,
      account: 'a@test',
      model: 'gemini-3-pro-image',
      size: '1K',
      ratio: undefined,
      serviceTier: undefined,
      textInput: 0,
      imageInput: 0,
      textOutput: 0,
      imageOutput: 0,
      listMicroUsd: 0,
      attempts: 1,
      ms: 1,
    };
    await database.write({
      id: 'a',
      rows: [
        { ...row, at: now - HOUR, microUsd: 7, outcome: 'made' },
        { ...row, at: now - HOUR, microUsd: 1, outcome: 'no_image' },
        { ...row, at: now - 30 * HOUR, microUsd: 20, outcome: 'made' },
        { ...row, at: now - 800 * HOUR, microUsd: 500, outcome: 'made' },
        { ...row, at: now - HOUR, microUsd: 900, outcome: 'made', consumer: 'shop' },
        // It was asked for after the limit was set, and is counted by its reservation.
        { ...row, at: now, microUsd: 3000, outcome: 'made' },
      ],
    });
    const book = bookOn();
    expect(await usedOf(book)).toEqual(images(1, 28));
    now += 24 * HOUR;
    expect(await usedOf(book)).toEqual(images(0, 0));
  });

  it.each(['fails', 'hangs', 'loses replies'] as const)(
    'uses the last counts it saw plus its own while the database %s, and settles later',
    async (mode) => {
      const book = bookOn();
      const rules = { imagesPerDay: 10 };
      const first = heldOf(await book.reserve('design', rules, images(4)));
      store.mode = mode;
      const second = heldOf(await book.reserve('design', rules, images(4)));
      expect(book.status).toMatchObject({ isUp: false });
      expect(await book.reserve('design', rules, images(3))).toMatchObject({
        granted: false,
        refusal: { used: 8 },
      });
      book.settle(second, images(3));
      expect(book.lastUsed('design')).toEqual(images(7));
      store.recover();
      await until(() => book.status.isUp && book.lastUsed('design').images === 7);
      await until(async () => (await usedOf(bookOn())).images === 7);
      book.settle(first, images(4));
      await until(async () => (await usedOf(bookOn())).images === 7);
      expect(lines.map((line) => line.slice(0, 20))).toEqual([
        'the database is away',
        'days and budgets of ',
      ]);
    },
  );

  it.each([true, false])(
    'asks about what it has not seen while a batch is slow that no request waits for (shared: %s)',
    async (isShared) => {
      await bookOn().reserve('shop', { imagesPerDay: 10 }, images(10));
      const own = new TroubledStore(database, isShared);
      const book = bookOn(own);
      const held = heldOf(await book.reserve('design', { imagesPerDay: 10 }, images(1)));
      own.mode = 'hangs';
      own.batches = [];
      book.settle(held, images(1));
      await until(() => own.batches.length > 0 && !book.status.isUp);
      const decision = book.reserve('shop', { imagesPerDay: 10 }, images(1));
      own.recover();
      expect((await decision).granted).toBe(false);
      expect(book.status.isUp).toBe(true);
    },
  );

  it('reports what was used with the next reservation', async () => {
    const book = bookOn();
    const rules = { imagesPerDay: 100 };
    const reserve = async () => heldOf(await book.reserve('design', rules, images(1)));
    const [first, second] = [await reserve(), await reserve()];
    const before = store.batches.length;
    book.settle(first, images(1));
    book.settle(second, images(0));
    await reserve();
    expect(
      store.batches.slice(before).map(({ changes }) => changes.map(({ kind }) => kind)),
    ).toEqual([['settle', 'settle', 'reserve']]);
  });

  it('takes back what the database grants after the request was refused', async () => {
    const [book, other] = [bookOn(), bookOn(new TroubledStore(database))];
    const rules = { imagesPerDay: 10 };
    const others = heldOf(await other.reserve('design', rules, images(8)));
    expect(await usedOf(book)).toEqual(images(8));
    other.settle(others, images(0));
    await until(async () => (await usedOf(other)).images === 0);
    store.mode = 'hangs';
    // By what was last seen there is no room; in the database there is, and a place is taken.
    expect((await book.reserve('design', rules, images(3))).granted).toBe(false);
    store.recover();
    await until(() => book.status.isUp);
    await until(async () => (await usedOf(other)).images === 0);
    expect((await other.reserve('design', rules, images(10))).granted).toBe(true);
  });

  it('keeps one entry for a consumer’s day, however long the database is unavailable', async () => {
    const book = bookOn();
    const rules = { imagesPerDay: 5000 };
    store.mode = 'fails';
    for (let round = 0; round < 2000; round += 1) {
      book.settle(heldOf(await book.reserve('design', rules, images(1, 3))), images(1, 2));
    }
    store.batches = [];
    store.recover();
    await until(() => book.status.isUp);
    const told = store.batches.flatMap(({ changes }) => changes);
    expect(told.length).toBeLessThanOrEqual(3);
    expect(await usedOf(bookOn())).toEqual(images(2000, 4000));
  });

  describe('in a database of its own', () => {
    let own: TroubledStore;
    const kindsOf = ({ changes }: QuotaBatch) => changes.map(({ kind }) => kind);
    const startedBook = async () => {
      const book = bookOn(own);
      await book.start(['design']);
      own.batches = [];
      return book;
    };

    beforeEach(() => {
      own = new TroubledStore(database, false);
    });
    afterEach(() => {
      own.recover();
    });

    it('grants what it knows to be free without waiting', async () => {
      const book = await startedBook();
      own.mode = 'hangs';
      const rules = { imagesPerDay: 3 };
      const held = heldOf(await book.reserve('design', rules, images(2)));
      expect(book.lastUsed('design')).toEqual(images(2));
      await until(() => own.batches.length === 1);
      expect(kindsOf(own.batches[0] as QuotaBatch)).toEqual(['hold']);
      book.settle(held, images(1));
      expect((await book.reserve('design', rules, images(2))).granted).toBe(true);
      own.recover();
      await book.flush();
      expect(await usedOf(bookOn())).toEqual(images(3));
    });

    it('says that the database hangs although no request waits for it', async () => {
      const book = await startedBook();
      own.mode = 'hangs';
      await book.reserve('design', { imagesPerDay: 3 }, images(1));
      await until(() => !book.status.isUp);
      expect(book.status.reason).toBe('timeout');
      own.recover();
      await until(() => book.status.isUp);
    });

    it('asks the database about a consumer, a day and a refusal that it does not know', async () => {
      const book = await startedBook();
      const rules = { imagesPerDay: 2 };
      const reserve = (name: string, count: number) => book.reserve(name, rules, images(count));
      await reserve('shop', 1);
      await reserve('design', 2);
      await reserve('design', 1);
      now += 3 * HOUR;
      await reserve('design', 1);
      expect(own.batches.map(kindsOf)).toEqual([['reserve'], ['hold', 'reserve'], ['reserve']]);
    });

    it('grants what a killed process had reserved, once it has lapsed', async () => {
      const rules = { imagesPerDay: 3 };
      await bookOn().reserve('design', rules, images(3));
      const book = await startedBook();
      now += LAPSE_MS - 1;
      expect((await book.reserve('design', rules, images(1))).granted).toBe(false);
      now += 1;
      expect((await book.reserve('design', rules, images(3))).granted).toBe(true);
    });

    it('does not grant what a request may get that is being decided', async () => {
      const rules = { imagesPerDay: 10 };
      await bookOn().reserve('design', rules, images(4));
      const book = bookOn(own);
      await book.start(['design']);
      await book.reserve('design', rules, images(3));
      now += LAPSE_MS;
      // The killed process's four have lapsed, which only the database knows.
      const larger = book.reserve('design', rules, images(7));
      const smaller = book.reserve('design', rules, images(3));
      const decisions = await Promise.all([larger, smaller]);
      expect(decisions.map(({ granted }) => granted)).toEqual([true, false]);
    });

    it('counts what lapsed in the database before its process ended it', async () => {
      const book = await startedBook();
      const rules = { imagesPerDay: 20 };
      const first = heldOf(await book.reserve('design', rules, images(10)));
      const second = heldOf(await book.reserve('design', rules, images(10)));
      book.settle(second, images(10));
      await book.refresh(['design']);
      now += LAPSE_MS;
      await book.refresh(['design']);
      expect(book.lastUsed('design')).toEqual(images(10));
      book.settle(first, images(10));
      expect((await book.reserve('design', rules, images(10))).granted).toBe(false);
      expect(await usedOf(book)).toEqual(images(20));
    });

    it('has everything in the database that was before `sent`, although it ends meanwhile', async () => {
      const book = bookOn(own);
      await book.start(['design', 'shop', 'studio']);
      const rules = { imagesPerDay: 1000 };
      own.mode = 'hangs';
      void book.refresh(['design']);
      await until(() => own.batches.length === 2);
      own.mode = 'works';
      const first = heldOf(await book.reserve('design', rules, images(1)));
      for (let index = 0; index < 198; index += 1) {
        await book.reserve('shop', rules, images(1));
      }
      const sent = book.sent();
      for (let index = 0; index < 5; index += 1) {
        await book.reserve('studio', rules, images(1));
      }
      book.settle(first, images(1));
      own.recover();
      await sent;
      expect(await usedOf(bookOn())).toEqual(images(1));
    });

    it('writes all at shutdown, although the database fails first', async () => {
      const book = await startedBook();
      const held = heldOf(await book.reserve('design', { imagesPerDay: 9 }, images(4)));
      book.settle(held, images(4));
      own.mode = 'fails';
      const flushed = book.flush();
      await until(() => own.batches.length === 1);
      own.mode = 'works';
      await flushed;
      expect(await usedOf(bookOn())).toEqual(images(4));
    });

    it('writes once what many quick images of a consumer have used', async () => {
      const book = await startedBook();
      for (let round = 0; round < 500; round += 1) {
        const decision = await book.reserve('design', { imagesPerDay: 5000 }, images(1, 3));
        book.settle(heldOf(decision), images(1, 2));
      }
      await book.flush();
      const told = own.batches.flatMap(({ changes }) => changes);
      expect(told.reduce((sum, { amount }) => sum + amount.images, 0)).toBe(500);
      expect(told.length).toBeLessThan(50);
      expect(await usedOf(bookOn())).toEqual(images(500, 1000));
    });

    it.each([1, 2, 3, 4, 5])('never exceeds a limit, and ends exact (seed %s)', async (seed) => {
      const below = random(seed);
      const book = bookOn(own);
      const limit = 60;
      let open = 0;
      let used = 0;
      let refused = 0;
      const client = async () => {
        for (let round = 0; round < 12; round += 1) {
          const count = 1 + below(6);
          const decision = await book.reserve('design', { imagesPerDay: limit }, images(count));
          if (!decision.granted) {
            refused += 1;
            continue;
          }
          open += count;
          expect(open + used).toBeLessThanOrEqual(limit);
          await sleep(below(3) === 0 ? 0 : below(70));
          open -= count;
          const made = below(3) === 0 ? count : 0;
          used += made;
          book.settle(decision.held, images(made));
        }
      };
      await Promise.all(Array.from({ length: 30 }, client));
      expect(refused).toBeGreaterThan(0);
      expect(await usedOf(book)).toEqual(images(used));
      await book.flush();
      expect(await usedOf(bookOn())).toEqual(images(used));
    });
  });
});

/** Numbers below a bound, the same for each seed. */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
