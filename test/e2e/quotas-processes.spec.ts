import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describeWithPostgres, PostgresServer } from '../postgres-server';

const ROOT = join(__dirname, '../..');
const PARTS = ['ledger/postgres-database', 'consumers/limits/quota-book'].map((file) =>
  require.resolve(`../../src/${file}`),
);

const LIMITS = { imagesPerDay: 1000, microUsdPerMonth: 120_000 };
const RESERVATIONS = 900;

/** Reserves as fast as it can, uses some of it, and says what it was granted and what it has used. */
const PROGRAM = `
  const [url, databaseFile, bookFile, seed] = process.argv.slice(1);
  const { PostgresDatabase } = require(databaseFile);
  const { QuotaBook } = require(bookFile);
  const database = new PostgresDatabase(url);
  const store = {
    apply: (batch) => database.countQuotas(batch),
    isShared: true,
    beforeRows: () => undefined,
    beforeClose: () => undefined,
  };
  const lines = [];
  const log = { info: () => undefined, warn: (fields) => lines.push(fields) };
  let state = Number(seed);
  const below = (limit) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % limit;
  (async () => {
    const book = new QuotaBook(store, 660000, log);
    await book.start(['design']);
    await new Promise((resolve) => process.stdin.once('data', resolve));
    const sum = { granted: 0, images: 0, microUsd: 0 };
    const clients = Array.from({ length: 30 }, async () => {
      for (let index = 0; index < ${RESERVATIONS / 30}; index += 1) {
        const images = 1 + below(4);
        const decision = await book.reserve('design', ${JSON.stringify(LIMITS)}, { images, microUsd: images * 134 });
        if (decision.granted) {
          const made = below(images + 1);
          sum.granted += 1;
          sum.images += made;
          sum.microUsd += made * 139;
          book.settle(decision.held, { images: made, microUsd: made * 139 });
        }
      }
    });
    await Promise.all(clients);
    await book.flush();
    await database.close();
    process.stdout.write(JSON.stringify({ ...sum, away: lines.length }));
    process.exit();
  })();
  process.stdout.write('ready ');
`;

interface Sum {
  readonly granted: number;
  readonly images: number;
  readonly microUsd: number;
  /** How often the database took longer than a request waits. */
  readonly away: number;
}

describeWithPostgres('days and money, counted by three processes at once', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterAll(() => postgres.close());

  const start = (seed: number) => {
    const child = spawn(process.execPath, ['-e', PROGRAM, postgres.url, ...PARTS, String(seed)], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise((resolve) => child.on('close', resolve));
    const result = ended.then(() => JSON.parse(output.replace('ready ', '')) as Sum);
    return { go: () => child.stdin.write('go'), result };
  };

  it('never exceed the limits, and add up to exactly what was used', async () => {
    const processes = [1, 2, 3].map(start);
    processes.forEach(({ go }) => {
      go();
    });
    const sums = await Promise.all(processes.map(({ result }) => result));
    const total = (name: keyof Sum) => sums.reduce((sum, one) => sum + one[name], 0);
    const rows = await postgres.query('select period, total::int as total from quota_totals');
    const counted = (length: number) =>
      rows.filter(({ period }) => String(period).length === length).map((row) => row['total']);
    // Whatever the database did meanwhile, each reservation is settled once.
    expect(counted(10)).toEqual([total('images')]);
    expect(counted(7)).toEqual([total('microUsd')]);
    expect(total('granted')).toBeGreaterThan(100);
    expect(
      await postgres.query(
        'select count(*)::int as n from quota_reservations where is_settled = 0',
      ),
    ).toEqual([{ n: 0 }]);
    if (total('away') === 0) {
      expect(total('images')).toBeLessThanOrEqual(LIMITS.imagesPerDay);
      // Each is settled at a little more than it was reserved at: three at the end may be over.
      expect(total('microUsd')).toBeLessThanOrEqual(LIMITS.microUsdPerMonth + total('images') * 5);
    }
  });
});
