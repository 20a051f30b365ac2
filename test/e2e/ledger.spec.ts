import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { Client } from 'pg';
import { startProcess, generateAt } from '../easel-process';
import { describeWithPostgres, PostgresServer } from '../postgres-server';
import { startEasel, type RunningEasel } from '../running-easel';
import { until } from '../until';

interface Usage {
  readonly object: 'list';
  readonly data: readonly Record<string, unknown>[];
  readonly total: { readonly images: number; readonly failed: number; readonly requests: number };
  readonly from: string;
  readonly to: string;
}

/** Usage, once all rows are written: it waits a second for them, and on a busy machine that is not always enough. */
const usageOf = async (url: string, query = ''): Promise<Usage> => {
  await until(async () => ((await ledgerOf(url))?.pending ?? 0) === 0);
  const response = await fetch(`${url}/v1/usage${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Usage;
};
const ledgerOf = async (url: string) => {
  const body = (await (await fetch(`${url}/readyz`)).json()) as {
    details: { ledger?: { status: string; kind: string; pending: number; reason?: string } };
  };
  return body.details.ledger;
};

async function startWithLedger() {
  const folder = mkdtempSync(join(tmpdir(), 'easel-ledger-'));
  return { folder, easel: await startEasel({ env: { DATABASE_URL: '', DATA_DIR: folder } }) };
}

async function endWithLedger(easel: RunningEasel, folder: string): Promise<void> {
  await easel.close();
  rmSync(folder, { recursive: true, force: true });
}

describe('the ledger in SQLite', () => {
  let easel: RunningEasel;
  let folder: string;
  beforeEach(async () => {
    ({ easel, folder } = await startWithLedger());
  });
  afterEach(() => endWithLedger(easel, folder));

  it('has each image, in any grouping', async () => {
    await easel.generate({ prompt: 'a cat', n: 2, size: '1920x1080', quality: 'hd', user: 'ann' });
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const refused = await easel.generate({ prompt: 'a cat', model: 'gemini-2.5-flash-image' });
    expect(refused.status).toBe(400);
    const usage = await usageOf(easel.url);
    expect(usage).toMatchObject({
      object: 'list',
      data: [{ consumer: 'anonymous', images: 2, failed: 1, requests: 2 }],
      total: { images: 2, failed: 1, requests: 2 },
    });
    expect(usage.from).toMatch(/^\d{4}-\d\d-01T00:00:00.000Z$/);
    const today = new Date().toISOString().slice(0, 10);
    const { data } = await usageOf(easel.url, '?group_by=day,size&group_by[]=model');
    expect(data).toMatchObject([
      { day: today, model: 'gemini-3-pro-image', size: '4K', images: 2, requests: 1 },
      { day: today, model: 'gemini-2.5-flash-image', size: 'default', images: 0, failed: 1 },
    ]);
    expect(data[0]?.['usd']).toBeGreaterThan(0.48);
    // The same from rows: a span that begins and ends within the day.
    const rows = await usageOf(easel.url, `?from=${today}T00:00:00.001Z&to=${today}T23:59:59Z`);
    expect(rows.total).toEqual(usage.total);
  });

  it('has the costs of the headers', async () => {
    const costs: number[] = [];
    for (const n of [1, 3]) {
      costs.push(Number((await easel.generate({ prompt: 'x', n })).headers.get('x-cost-usd')));
    }
    const { total } = await usageOf(easel.url);
    expect(total).toMatchObject({ images: 4, requests: 2 });
    expect((total as unknown as { usd: number }).usd).toBeCloseTo(
      costs.reduce((sum, cost) => sum + cost, 0),
      6,
    );
  });

  it('never holds a user in clear', async () => {
    await easel.generate({ prompt: 'a cat', user: 'ann@example.com' });
    await usageOf(easel.url);
    const file = join(folder, 'easel.db');
    const database = new Database(file, { readonly: true });
    expect(database.prepare('select end_user from ledger_images').all()).toEqual([
      { end_user: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    database.close();
    expect(readFileSync(file).includes('ann@example.com')).toBe(false);
  });

  it('returns CSV on request', async () => {
    await easel.generate({ prompt: 'x' });
    const response = await fetch(`${easel.url}/v1/usage?group_by=model`, {
      headers: { accept: 'text/csv' },
    });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, line, end] = (await response.text()).split('\r\n');
    expect(head).toBe('model,images,failed,requests,input_tokens,output_tokens,usd');
    expect(line).toMatch(/^gemini-3-pro-image,1,0,1,\d+,\d+,0\.1\d+$/);
    expect(end).toBe('');
  });

  it('supports OpenAI’s format for tools that read it', async () => {
    await easel.generate({ prompt: 'x', n: 2 });
    const midnight = Math.floor(Date.now() / 86_400_000) * 86_400;
    const get = async (path: string) =>
      (await (await fetch(`${easel.url}/v1/organization/${path}`)).json()) as {
        data: { start_time: number; end_time: number; results: Record<string, unknown>[] }[];
        has_more: boolean;
        next_page: string | null;
      };
    const usage = await get(
      `usage/images?start_time=${midnight - 86_400}&group_by=model&group_by=project_id`,
    );
    expect(usage).toMatchObject({
      object: 'page',
      has_more: false,
      next_page: null,
      data: [
        { object: 'bucket', start_time: midnight - 86_400, end_time: midnight, results: [] },
        {
          start_time: midnight,
          results: [
            {
              object: 'organization.usage.images.result',
              images: 2,
              num_model_requests: 1,
              model: 'gemini-3-pro-image',
              project_id: 'anonymous',
              api_key_id: null,
              size: null,
            },
          ],
        },
      ],
    });
    const costs = await get(`costs?start_time=${midnight - 9 * 86_400}&limit=8`);
    expect([costs.data.length, costs.has_more]).toEqual([8, true]);
    const rest = await get(
      `costs?start_time=${midnight - 9 * 86_400}&limit=8&page=${costs.next_page}`,
    );
    expect(rest).toMatchObject({
      has_more: false,
      data: [
        {},
        { results: [{ object: 'organization.costs.result', amount: { currency: 'usd' } }] },
      ],
    });
    const refused = await fetch(`${easel.url}/v1/organization/costs?start_time=1&bucket_width=1h`);
    expect(refused.status).toBe(400);
  });

  it('continues while another program has locked the file, and has all rows afterwards', async () => {
    await usageOf(easel.url);
    const file = join(folder, 'easel.db');
    const locker = startLocker(file);
    await locker.locked;
    for (let index = 0; index < 3; index += 1) {
      expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    }
    await until(async () => (await ledgerOf(easel.url))?.status === 'down');
    expect(await ledgerOf(easel.url)).toMatchObject({ kind: 'sqlite', pending: 3 });
    const metrics = await (await fetch(`${easel.url}/metrics`)).text();
    expect(metrics).toContain('easel_ledger_pending_rows 3');
    locker.release();
    await until(async () => (await ledgerOf(easel.url))?.pending === 0);
    expect((await usageOf(easel.url)).total).toMatchObject({ images: 3 });
  });
});

/** Another program that has locked the file for itself. */
function startLocker(file: string) {
  const program = `
    const database = new (require('libsql'))(process.argv[1]);
    database.exec('begin exclusive');
    process.stdout.write('locked');
    process.stdin.once('data', () => process.exit());`;
  const child = spawn(process.execPath, ['-e', program, file], {
    cwd: join(__dirname, '../..'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const locked = new Promise<void>((done) => {
    child.stdout.once('data', () => {
      done();
    });
  });
  return {
    locked,
    release: () => {
      child.stdin.write('go');
    },
  };
}

describe('the usage in a ledger', () => {
  let easel: RunningEasel;
  let folder: string;
  beforeAll(async () => {
    ({ easel, folder } = await startWithLedger());
  });
  afterAll(() => endWithLedger(easel, folder));

  it.each<[string, string]>([
    ['?group_by=colour', 'group_by'],
    ['?group_by=day,day', 'group_by'],
    ['?from=yesterday', 'from'],
    ['?from=2026-02-30', 'from'],
    ['?from=2026-02-30T10:00:00Z', 'from'],
    ['?from=2025-02-29T10:00:00%2B02:00', 'from'],
    ['?from=2026-11-28T25:00:00Z', 'from'],
    ['?from=2026-11-28T10:00:00', 'from'],
    ['?from=2026-11-28T10:00:00Z&from=2026-11-28', 'from'],
    ['?from=28.11.2026', 'from'],
    ['?to=1764288000', 'to'],
    ['?group_by=Consumer', 'group_by'],
    ['?group_by=consumer&group_by[]=consumer', 'group_by'],
    ['?from=2026-11-02&to=2026-11-01', 'from'],
    ['?to[]=2026-11-02&to=1', 'to'],
  ])('refuses %s', async (query, param) => {
    const response = await fetch(`${easel.url}/v1/usage${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code: 'invalid_value' } });
  });
});

describe('a process with a ledger', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-ledger-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes the remaining rows on SIGTERM, and reads them after a restart', async () => {
    const first = startProcess({ DATABASE_URL: '', DATA_DIR: folder });
    const url = await first.url();
    for (let index = 0; index < 5; index += 1) {
      await generateAt(url);
    }
    first.child.kill('SIGTERM');
    await first.exit;
    const second = startProcess({ DATABASE_URL: '', DATA_DIR: folder });
    const usage = await usageOf(await second.url());
    expect(usage.total).toMatchObject({ images: 5, requests: 5, usd: 0 });
    second.child.kill('SIGKILL');
    await second.exit;
  });

  it('logs that the folder cannot be written, and keeps the ledger in memory', async () => {
    const easel = startProcess({ DATABASE_URL: '', DATA_DIR: '/proc/nowhere' });
    const url = await easel.url();
    await generateAt(url);
    expect(await ledgerOf(url)).toMatchObject({ kind: 'memory', status: 'up' });
    expect((await usageOf(url)).total.images).toBe(1);
    await until(() => easel.output().includes('DATA_DIR cannot be written'));
    easel.child.kill('SIGKILL');
    await easel.exit;
  });

  it('keeps none with DATABASE_URL=off', async () => {
    const easel = await startEasel();
    await easel.generate({ prompt: 'x' });
    expect(await ledgerOf(easel.url)).toBeUndefined();
    const response = await fetch(`${easel.url}/v1/usage`);
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'false']);
    await easel.close();
  });
});

describeWithPostgres('the ledger in PostgreSQL', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterAll(() => postgres.close());
  beforeEach(async () => {
    await postgres.query('drop schema public cascade');
    await postgres.query('create schema public');
  });

  const start = () => startEasel({ env: { DATABASE_URL: postgres.url } });
  const rows = async () =>
    Number((await postgres.query('select count(*) as rows from ledger_images'))[0]?.['rows']);

  it('is made by several that start at once, and shared by them', async () => {
    const easels = await Promise.all([start(), start(), start(), start()]);
    await Promise.all(easels.map((easel) => easel.generate({ prompt: 'x', n: 2 })));
    for (const easel of easels) {
      await usageOf(easel.url);
    }
    const { total } = await usageOf(easels[0].url);
    expect(total).toMatchObject({ images: 8, requests: 4 });
    expect(await postgres.query('select count(*)::int as n from ledger_settings')).toEqual([
      { n: 1 },
    ]);
    await Promise.all(easels.map((easel) => easel.close()));
  });

  it('loses no row and writes none twice while the server is killed and restarted', async () => {
    const easel = await start();
    await easel.generate({ prompt: 'x' });
    await usageOf(easel.url);
    await postgres.kill();
    for (let index = 0; index < 4; index += 1) {
      expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    }
    await until(async () => (await ledgerOf(easel.url))?.status === 'down');
    const unread = await fetch(`${easel.url}/v1/usage`);
    expect([unread.status, unread.headers.get('retry-after')]).toEqual([503, '5']);
    expect(easel.rawLog()).not.toContain('easel@127');
    await postgres.start();
    await until(async () => (await ledgerOf(easel.url))?.pending === 0);
    expect(await rows()).toBe(5);
    expect((await usageOf(easel.url)).total).toMatchObject({ images: 5 });
    await easel.close();
  });

  it('loses nothing and writes nothing twice while the server is frozen', async () => {
    const easel = await start();
    await easel.generate({ prompt: 'x' });
    await usageOf(easel.url);
    postgres.freeze();
    for (let index = 0; index < 4; index += 1) {
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(200);
      await sleep(300);
    }
    await until(async () => (await ledgerOf(easel.url))?.status === 'down');
    postgres.thaw();
    await until(async () => (await ledgerOf(easel.url))?.pending === 0);
    expect(await rows()).toBe(5);
    expect((await usageOf(easel.url)).total).toMatchObject({ images: 5 });
    await easel.close();
  });

  it('survives a connection that dies silently in the middle of a write', async () => {
    const easel = await start();
    await easel.generate({ prompt: 'x' });
    await usageOf(easel.url);
    const locker = new Client({ connectionString: postgres.url });
    locker.on('error', () => undefined);
    await locker.connect();
    await locker.query('begin; lock table ledger_images in access exclusive mode');
    await easel.generate({ prompt: 'x' });
    const waiting = async () =>
      (
        await postgres.query(
          "select pid from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'easel'",
        )
      )[0]?.['pid'];
    await until(async () => (await waiting()) !== undefined);
    // The server says goodbye to all others and starts anew.
    process.kill(Number(await waiting()), 'SIGKILL');
    await until(async () => (await ledgerOf(easel.url))?.pending === 0);
    await locker.end().catch(() => undefined);
    expect(await rows()).toBe(2);
    await easel.close();
  });

  it('is no reason not to start, nor not to end', async () => {
    await postgres.kill();
    const easel = await start();
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    await postgres.start();
    await until(async () => (await ledgerOf(easel.url))?.pending === 0);
    expect(await rows()).toBe(1);
    await easel.close();
  });
});
