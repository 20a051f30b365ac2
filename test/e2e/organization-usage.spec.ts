import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import OpenAI from 'openai';
import { keyDigest } from '../../src/context/consumer-registry';
import { startEasel, type RunningEasel } from '../running-easel';
import { until } from '../until';

const OLD = 'gemini-2.5-flash-image';
const DAY_S = 86_400;
const TODAY = Math.floor(Date.now() / 1000 / DAY_S) * DAY_S;

interface Row {
  readonly at: number;
  readonly consumer: string;
  readonly model: string;
  readonly size: string;
  readonly made: number;
  readonly first: number;
  readonly usd: number;
}

/** What the official client reads of Easel's ledger, beside the ledger's rows. */
describe('OpenAI’s usage of an organization', () => {
  let folder: string;
  let easel: RunningEasel;
  let client: OpenAI;
  let rows: readonly Row[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'easel-organization-'));
    const consumer = (name: string, role: 'member' | 'operator') => ({
      consumer: { name, role, enabled: true },
      keys: [keyDigest(`key-of-${name}`).toString('hex')],
    });
    const start = () =>
      startEasel({
        env: {
          PROXY_AUTH_MODE: 'strict',
          PROXY_API_KEY: 'mine',
          DATABASE_URL: '',
          DATA_DIR: folder,
        },
        consumers: [
          consumer('design', 'member'),
          consumer('shop', 'member'),
          consumer('boss', 'operator'),
        ],
      });
    easel = await start();
    const ask = async (name: string, body: object) => {
      const response = await easel.generate(
        { prompt: 'x', ...body },
        { authorization: `Bearer key-of-${name}` },
      );
      await response.arrayBuffer();
    };
    await ask('design', { n: 3 });
    await ask('design', { n: 2, image_size: '4K' });
    await ask('design', { model: OLD });
    await ask('shop', { n: 2, image_size: '2K' });
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    await ask('shop', { n: 1 });
    await until(async () => {
      const ready = await fetch(`${easel.url}/readyz`, {
        headers: { authorization: 'Bearer mine' },
      });
      return (await ready.text()).includes('"pending":0');
    });
    await easel.close();
    // Some of it was three days ago, and the day before yesterday.
    const database = new Database(join(folder, 'easel.db'));
    const move = (days: number, where: string) => {
      const day = new Date((TODAY - days * DAY_S) * 1000).toISOString().slice(0, 10);
      database.exec(
        `update ledger_images set at = at - ${days * DAY_S * 1000}, day = '${day}' where ${where}`,
      );
      database.exec(`update ledger_days set day = '${day}' where ${where}`);
    };
    move(3, "consumer = 'design' and size = '4K'");
    move(2, "consumer = 'shop'");
    rows = database
      .prepare(
        `select at, consumer, model, size, outcome = 'made' as made, is_first as first, micro_usd / 1e6 as usd
         from ledger_images`,
      )
      .all() as readonly Row[];
    database.close();
    expect(rows).toHaveLength(9);
    easel = await start();
    client = new OpenAI({
      baseURL: `${easel.url}/v1`,
      apiKey: 'key-of-boss',
      adminAPIKey: 'key-of-boss',
      maxRetries: 0,
    });
  });
  afterAll(async () => {
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const usage = () => client.admin.organization.usage;
  const sum = (list: readonly Row[], of: (row: Row) => number) =>
    list.reduce((total, row) => total + of(row), 0);
  const within = (start: number) => (row: Row) =>
    row.at >= start * 1000 && row.at < (start + DAY_S) * 1000;

  interface Bucket {
    readonly start_time: number;
    readonly end_time: number;
    readonly results: readonly object[];
  }

  /** Each bucket is a UTC day, one follows the other, and none is missing. */
  function expectDays(buckets: readonly Bucket[], first: number, count: number): void {
    expect(buckets.map(({ start_time: start, end_time: end }) => [start, end])).toEqual(
      Array.from({ length: count }, (_, index) => [
        first + index * DAY_S,
        first + (index + 1) * DAY_S,
      ]),
    );
  }

  it('has the images of each day, as the rows have them', async () => {
    const page = await usage().images({
      start_time: TODAY - 4 * DAY_S + 5,
      end_time: TODAY + DAY_S,
    });
    expect(page).toMatchObject({ object: 'page', has_more: false, next_page: null });
    expectDays(page.data, TODAY - 4 * DAY_S, 5);
    for (const { start_time: start, results } of page.data) {
      const own = rows.filter(within(start));
      expect(results).toEqual(
        own.length === 0
          ? []
          : [
              {
                object: 'organization.usage.images.result',
                images: sum(own, ({ made }) => made),
                num_model_requests: sum(own, ({ first }) => first),
                size: null,
                source: null,
                model: null,
                project_id: null,
                user_id: null,
                api_key_id: null,
              },
            ],
      );
    }
    expect(page.data.map(({ results }) => results.length)).toEqual([0, 1, 1, 0, 1]);
  });

  it('groups them by every supported field', async () => {
    const page = await usage().images({
      start_time: TODAY - 3 * DAY_S,
      group_by: ['project_id', 'api_key_id', 'model', 'size'],
    });
    const results = page.data.flatMap(({ start_time: start, results: list }) =>
      list.map((result) => ({ start, ...result })),
    );
    const keys = new Set(
      rows.map(
        ({ at, consumer, model, size }) =>
          `${Math.floor(at / 1000 / DAY_S)} ${consumer} ${model} ${size}`,
      ),
    );
    expect(results).toHaveLength(keys.size);
    for (const result of results) {
      const {
        start,
        project_id: consumer,
        model,
        size,
      } = result as unknown as {
        start: number;
        project_id: string;
        model: string;
        size: string;
      };
      const own = rows
        .filter(within(start))
        .filter((row) => row.consumer === consumer && row.model === model && row.size === size);
      expect(own.length).toBeGreaterThan(0);
      expect(result).toMatchObject({
        images: sum(own, ({ made }) => made),
        num_model_requests: sum(own, ({ first }) => first),
        api_key_id: consumer,
        user_id: null,
        source: null,
      });
    }
  });

  it('filters them', async () => {
    const images = async (narrowed: object) => {
      const page = await usage().images({ start_time: TODAY - 3 * DAY_S, ...narrowed });
      return page.data
        .flatMap(({ results }) => results as readonly { images: number }[])
        .reduce((total, result) => total + result.images, 0);
    };
    const made = (isMeant: (row: Row) => boolean) => sum(rows.filter(isMeant), (row) => row.made);
    expect(await images({})).toBe(made(() => true));
    expect(await images({ project_ids: ['shop'] })).toBe(
      made(({ consumer }) => consumer === 'shop'),
    );
    expect(await images({ api_key_ids: ['shop', 'design'] })).toBe(made(() => true));
    expect(await images({ project_ids: ['shop'], api_key_ids: ['design'] })).toBe(0);
    expect(await images({ models: [OLD] })).toBe(made(({ model }) => model === OLD));
    expect(await images({ sizes: ['4K', '2K'], project_ids: ['design'] })).toBe(
      made(({ size, consumer }) => size === '4K' && consumer === 'design'),
    );
    expect(await images({ project_ids: ["x' or '1'='1"] })).toBe(0);
    for (const unknown of [{ user_ids: ['ann'] }, { sources: ['image.edit'] }]) {
      await expect(images(unknown)).rejects.toMatchObject({
        status: 400,
        param: Object.keys(unknown)[0],
      });
    }
  });

  it('has the cost of each day, by consumer and by model', async () => {
    const whole = await usage().costs({ start_time: TODAY - 3 * DAY_S });
    for (const { start_time: start, results } of whole.data) {
      const own = rows.filter(within(start));
      expect(results).toEqual(
        own.length === 0
          ? []
          : [
              {
                object: 'organization.costs.result',
                amount: {
                  value: expect.closeTo(
                    sum(own, ({ usd }) => usd),
                    9,
                  ) as number,
                  currency: 'usd',
                },
                line_item: null,
                project_id: null,
                api_key_id: null,
              },
            ],
      );
    }
    expect(sum(rows, ({ usd }) => usd)).toBeGreaterThan(0.5);
    for (const [group, member] of [
      ['project_id', 'consumer'],
      ['api_key_id', 'consumer'],
      ['line_item', 'model'],
    ] as const) {
      const split = await usage().costs({ start_time: TODAY, group_by: [group] });
      const results = split.data[0]?.results as unknown as readonly {
        amount: { value: number };
        [name: string]: unknown;
      }[];
      const own = rows.filter(within(TODAY));
      expect(results.map((result) => result[group]).sort()).toEqual(
        [...new Set(own.map((row) => row[member]))].sort(),
      );
      for (const result of results) {
        expect(result.amount.value).toBeCloseTo(
          sum(
            own.filter((row) => row[member] === result[group]),
            ({ usd }) => usd,
          ),
          9,
        );
        const others = ['project_id', 'api_key_id', 'line_item'].filter((name) => name !== group);
        expect(others.map((name) => result[name])).toEqual([null, null]);
      }
    }
    const shop = await usage().costs({ start_time: TODAY - 3 * DAY_S, project_ids: ['shop'] });
    expect(shop.data.map(({ results }) => results.length)).toEqual([0, 1, 0, 0]);
  });

  it('is paginated', async () => {
    const buckets: Bucket[] = [];
    let page: string | undefined;
    let pages = 0;
    do {
      const got = await usage().images({
        start_time: TODAY - 9 * DAY_S,
        end_time: TODAY + 1,
        limit: 4,
        group_by: ['model'],
        ...(page === undefined ? {} : { page }),
      });
      expect(got.data.length).toBeLessThanOrEqual(4);
      expect(got.has_more).toBe(got.next_page !== null);
      buckets.push(...got.data);
      page = got.next_page ?? undefined;
      pages += 1;
    } while (page !== undefined);
    expect(pages).toBe(3);
    expectDays(buckets, TODAY - 9 * DAY_S, 10);
    const images = buckets
      .flatMap(({ results }) => results as readonly { images: number }[])
      .reduce((total, result) => total + result.images, 0);
    expect(images).toBe(sum(rows, ({ made }) => made));
    const usual = await usage().images({ start_time: TODAY - 20 * DAY_S });
    expect([usual.data.length, usual.has_more]).toEqual([7, true]);
  });

  it('accepts lists in the notations of other clients', async () => {
    const get = async (query: string) => {
      const response = await fetch(
        `${easel.url}/v1/organization/usage/images?start_time=${TODAY}&${query}`,
        {
          headers: { authorization: 'Bearer key-of-boss' },
        },
      );
      return response.json();
    };
    const expected = await get('group_by=model&group_by=size');
    expect(await get('group_by[]=model&group_by[]=size')).toEqual(expected);
    expect(await get('group_by=model,size')).toEqual(expected);
  });

  it.each<[string, string]>([
    ['', 'start_time'],
    ['start_time=', 'start_time'],
    ['start_time=yesterday', 'start_time'],
    ['start_time=-1', 'start_time'],
    ['start_time=1.5', 'start_time'],
    ['start_time=1764288000000', 'start_time'],
    ['start_time=1&start_time=2', 'start_time'],
    ['start_time=20&end_time=10', 'start_time'],
    ['start_time=1&end_time=x', 'end_time'],
    ['start_time=1&bucket_width=1h', 'bucket_width'],
    ['start_time=1&limit=0', 'limit'],
    ['start_time=1&limit=32', 'limit'],
    ['start_time=1&page=2', 'page'],
    ['start_time=1&group_by=colour', 'group_by'],
    ['start_time=1&group_by=user_id', 'group_by'],
    ['start_time=1&group_by=model,model', 'group_by'],
  ])('refuses ?%s by the name of %s', async (query, param) => {
    const response = await fetch(`${easel.url}/v1/organization/usage/images?${query}`, {
      headers: { authorization: 'Bearer key-of-boss' },
    });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error).toMatchObject({ type: 'invalid_request_error', param });
    expect(error.message).toContain(`'${query.includes('model,model') ? 'model' : ''}`);
  });

  it('is for operators alone', async () => {
    const member = new OpenAI({
      baseURL: `${easel.url}/v1`,
      apiKey: 'key-of-shop',
      adminAPIKey: 'key-of-shop',
      maxRetries: 0,
    });
    for (const read of [
      () => member.admin.organization.usage.images({ start_time: TODAY }),
      () => member.admin.organization.usage.costs({ start_time: TODAY }),
    ]) {
      await expect(read()).rejects.toMatchObject({ status: 403, code: 'insufficient_permissions' });
    }
  });
});
