import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { Client } from 'pg';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { describeWithPostgres, PostgresServer } from '../postgres-server';
import { until } from '../until';

interface LedgerDetails {
  readonly status: string;
  readonly pending: number;
}

const ledgerOf = async (url: string) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { details: { ledger?: LedgerDetails } }).details
    .ledger;

const usageAt = async (url: string) => {
  const response = await fetch(`${url}/v1/usage`);
  return ((await response.json()) as { total: { images: number; requests: number } }).total;
};

/** Whether this process may mount a file system; root usually may. */
function mounted(folder: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

/** The requests that rows are of, each with the number of its rows. */
function requestsIn(file: string): ReadonlyMap<string, number> {
  const database = new Database(file, { readonly: true });
  const rows = database
    .prepare('select request_id as id, count(*) as images from ledger_images group by request_id')
    .all() as readonly { id: string; images: number }[];
  database.close();
  return new Map(rows.map(({ id, images }) => [id, images]));
}

describe('a ledger in SQLite', () => {
  let folder: string;
  const running: EaselProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-endurance-'));
  });
  afterEach(async () => {
    for (const { child, exit } of running.splice(0)) {
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (dataFolder = folder, env: Record<string, string> = {}): EaselProcess => {
    const easel = startProcess({ DATABASE_URL: '', DATA_DIR: dataFolder, ...env });
    running.push(easel);
    return easel;
  };

  it('continues while its disk is full, and has all rows once there is space again', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    if (!mounted(disk, 2)) {
      process.stderr.write('SKIPPED: no file system can be mounted here\n');
      return;
    }
    try {
      const url = await start(disk).url();
      await generateAt(url);
      await until(async () => (await usageAt(url)).images === 1);
      const ballast = join(disk, 'ballast');
      fill(ballast);
      const statuses: number[] = [];
      for (let index = 0; index < 40; index += 1) {
        statuses.push((await generateAt(url, { prompt: 'x', n: 5 })).status);
      }
      expect(new Set(statuses)).toEqual(new Set([200]));
      await until(async () => (await ledgerOf(url))?.status === 'down');
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      rmSync(ballast);
      await until(async () => (await ledgerOf(url))?.pending === 0);
      expect(await usageAt(url)).toMatchObject({ images: 201, requests: 41 });
    } finally {
      await Promise.all(
        running.splice(0).map(({ child, exit }) => {
          child.kill('SIGKILL');
          return exit;
        }),
      );
      execFileSync('umount', ['-l', disk]);
    }
  });

  it('loses only unwritten rows to SIGKILL, and has no row twice', async () => {
    const first = start();
    const url = await first.url();
    const responded: string[] = [];
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const response = await generateAt(url, { prompt: 'x', n: 2 }).catch(() => undefined);
        if (response?.status === 200) {
          responded.push(response.headers.get('x-request-id') ?? '');
        }
        await response?.arrayBuffer().catch(() => undefined);
      }
    });
    await until(() => responded.length >= 30);
    // What usage has seen is written.
    await usageAt(url);
    const before = [...responded];
    const { images } = await usageAt(url);
    expect(images).toBeGreaterThanOrEqual(2 * before.length);
    await until(() => responded.length >= before.length + 10);
    first.child.kill('SIGKILL');
    await first.exit;
    isOver = true;
    await Promise.all(clients);
    const second = await start().url();
    const total = await usageAt(second);
    const requests = requestsIn(join(folder, 'easel.db'));
    const rows = [...requests.values()].reduce((sum, count) => sum + count, 0);
    expect(total.images).toBe(rows);
    for (const id of before) {
      expect(requests.get(id)).toBe(2);
    }
    // A request of two images has two rows at most: none was written twice.
    expect(Math.max(...requests.values())).toBe(2);
    await generateAt(second);
    await until(async () => (await usageAt(second)).images === rows + 1);
  });

  it('drops rows that are too old at the start, and keeps their sums', async () => {
    const first = start();
    const url = await first.url();
    await generateAt(url, { prompt: 'x', n: 3 });
    await until(async () => (await usageAt(url)).images === 3);
    first.child.kill('SIGTERM');
    await first.exit;
    const file = join(folder, 'easel.db');
    const database = new Database(file);
    database.prepare('update ledger_images set at = at - ?').run(50 * 86_400_000);
    database.close();
    const second = await start(folder, { LEDGER_RETENTION_DAYS: '49' }).url();
    await until(() => requestsIn(file).size === 0);
    expect((await usageAt(second)).images).toBe(3);
  });
});

/** Writes until the disk takes no more. */
function fill(file: string): void {
  for (let block = 0; ; block += 1) {
    try {
      writeFileSync(file, Buffer.alloc(4096), { flag: 'a' });
    } catch {
      return;
    }
  }
}

describeWithPostgres('a ledger in PostgreSQL', () => {
  it('is created once by processes that start together, and waits while its tables are locked', async () => {
    const postgres = await PostgresServer.start();
    const easels = [1, 2, 3].map(() => startProcess({ DATABASE_URL: postgres.url }));
    try {
      const urls = await Promise.all(easels.map((easel) => easel.url()));
      await Promise.all(urls.map((url) => generateAt(url, { prompt: 'x', n: 2 })));
      await until(async () => (await usageAt(urls[0] ?? '')).images === 6);
      expect(
        await postgres.query('select name from ledger_migrations order by name'),
      ).toMatchObject([
        { name: '0001-ledger' },
        { name: '0002-quotas' },
        { name: '0003-requests' },
      ]);

      const locker = new Client({ connectionString: postgres.url });
      await locker.connect();
      await locker.query('begin');
      await locker.query('lock table ledger_images in access exclusive mode');
      const statuses = await Promise.all(urls.map(async (url) => (await generateAt(url)).status));
      expect(statuses).toEqual([200, 200, 200]);
      await until(async () => (await ledgerOf(urls[0] ?? ''))?.pending === 1);
      await sleep(500);
      await locker.query('commit');
      await locker.end();
      for (const url of urls) {
        await until(async () => (await ledgerOf(url))?.pending === 0);
      }
      expect((await usageAt(urls[1] ?? '')).images).toBe(9);
      const [row] = await postgres.query('select count(*)::int as images from ledger_images');
      expect(row).toEqual({ images: 9 });
    } finally {
      for (const { child, exit } of easels) {
        child.kill('SIGKILL');
        await exit;
      }
      await postgres.close();
    }
  });
});
