import { hash } from 'node:crypto';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest } from '../../src/context/consumer-registry';
import { LEDGER_DATABASES, type LedgerDatabase } from '../ledger-database';
import { form, picture } from '../pictures';
import { HAS_POSTGRES } from '../postgres-server';
import { startEasel, type RunningEasel } from '../running-easel';
import { until } from '../until';

const PRO = 'gemini-3-pro-image';

/** The keys of this test: each is as long as a real one, and none is a part of another. */
const KEYS = {
  proxy: 'sk-easel-Proxy0123456789abcdefghijklmnopqrstuvwxyzABC',
  design: 'sk-easel-Design123456789abcdefghijklmnopqrstuvwxyzABC',
  shop: 'sk-easel-Shop23456789abcdefghijklmnopqrstuvwxyzABCDEF',
  expired: 'sk-easel-Expired456789abcdefghijklmnopqrstuvwxyzABCDE',
  nobody: 'sk-easel-Nobody56789abcdefghijklmnopqrstuvwxyzABCDEFG',
  account: 'AIzaSyAccount0123456789abcdefghijklmnopq',
} as const;

const USERS = ['ann.smith@example.com', 'customer-4711-of-design', 'patient 0815'] as const;

/** A text and what it could be recognised by: its digest, however that is written. */
function formsOf(text: string): readonly string[] {
  const digest = hash('sha256', text, 'buffer');
  return [
    text,
    encodeURIComponent(text),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    digest.toString('hex'),
    digest.toString('hex').toUpperCase(),
    digest.toString('base64').replace(/=+$/, ''),
    digest.toString('base64url'),
    hash('sha1', text),
    hash('md5', text),
  ];
}

const SECRETS = [...Object.values(KEYS), ...USERS].flatMap((text) =>
  formsOf(text).map((form) => ({ of: text, form })),
);

const foundIn = (text: string) =>
  SECRETS.filter(({ form }) => text.includes(form)).map(({ of, form }) => `${of} as ${form}`);

/** A row of any table. */
interface Row {
  readonly images?: number | string;
}

const configured = (name: 'design' | 'shop' | 'expired', fields: Partial<Consumer> = {}) => ({
  consumer: { name, role: 'member' as const, enabled: true, ...fields },
  keys: [keyDigest(KEYS[name]).toString('hex')],
});

describe.each(LEDGER_DATABASES)('after all sorts of requests, in %s', (_name, open) => {
  let database: LedgerDatabase;
  let easel: RunningEasel;
  /** What was answered with an error: its headers and its body. */
  const errors: string[] = [];
  const statuses: number[] = [];

  beforeAll(async () => {
    database = await open();
    easel = await startEasel({
      env: {
        PROXY_AUTH_MODE: 'all_except_health',
        PROXY_API_KEY: KEYS.proxy,
        MAX_ATTEMPTS_PER_IMAGE: '1',
        ...database.env,
      },
      accounts: [{ email: 'one@test', apiKey: KEYS.account, maxConcurrency: 32 }],
      consumers: [
        configured('design', { budget: { usdPerMonth: 1000 } }),
        configured('shop', { limits: { imagesPerMinute: 3, imagesPerDay: 2 } }),
        configured('expired', { expiresAt: 1 }),
      ],
    });
  });
  afterAll(async () => {
    await easel.close();
    await database.close();
  });

  async function send(
    path: string,
    {
      headers = {},
      body,
      method = 'POST',
    }: {
      headers?: Record<string, string>;
      body?: unknown;
      method?: string;
    } = {},
  ): Promise<void> {
    const response = await fetch(easel.url + path, {
      method,
      headers: {
        ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body:
              body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
    const text = await response.text();
    statuses.push(response.status);
    if (response.status >= 400 || /"error"|event: error/.test(text)) {
      errors.push(JSON.stringify([...response.headers]), text);
    }
  }

  const design = { authorization: `Bearer ${KEYS.design}` };
  const generations = '/v1/images/generations';
  const [ann, customer, patient] = USERS;
  const chat = (rest: object = {}) => ({
    messages: [{ role: 'user', content: 'a cat' }],
    user: customer,
    ...rest,
  });
  const native = { contents: [{ parts: [{ text: 'a cat' }] }] };
  const generate = `/v1beta/models/${PRO}:generateContent`;

  /** Good, bad, refused, failed and streamed ones, by every API, with the key in every place. */
  async function mixture(): Promise<void> {
    await send(generations, { headers: design, body: { prompt: 'x', n: 2, user: ann } });
    await send(generations, {
      headers: { 'api-key': KEYS.design },
      body: { prompt: 'x', user: ann, safety_identifier: patient },
    });
    await send(generations, {
      headers: { 'x-api-key': KEYS.design },
      body: { prompt: 'x', stream: true, partial_images: 1, user: ann },
    });
    await send('/v1/images/edits', {
      headers: design,
      body: form(['prompt', 'x'], ['user', ann], ['image', await picture()]),
    });
    await send('/v1/images/variations', {
      headers: design,
      body: form(['user', ann], ['image', await picture()]),
    });
    await send('/v1/images', { headers: design, body: { prompt: 'x', user: customer } });
    await send('/v1/chat/completions', { headers: design, body: chat() });
    await send('/v1/chat/completions', { headers: design, body: chat({ stream: true }) });
    await send(generate, { headers: { 'x-goog-api-key': KEYS.design }, body: native });
    await send(`${generate}?key=${KEYS.design}`, { body: native });
    await send(`/v1beta/models/${PRO}:streamGenerateContent?alt=sse&key=${KEYS.design}`, {
      body: native,
    });

    // Bad ones.
    for (const body of [
      '{"prompt": "x", "user": ',
      { user: ann },
      { prompt: 'x', user: { name: ann } },
      { prompt: 'x', user: ann.repeat(200) },
      { prompt: 'x', model: 'gpt-4o', user: ann },
      { prompt: 'x', n: 11, safety_identifier: patient },
      { prompt: 'x', background: 'transparent', user: patient },
    ]) {
      await send(generations, { headers: design, body });
    }
    await send('/v1/chat/completions', { headers: design, body: chat({ messages: [] }) });
    await send(`/v1beta/models/${PRO}:generateContent?key=${KEYS.design}`, {
      body: { contents: 1 },
    });
    const credentials: readonly Record<string, string>[] = [
      {},
      { authorization: `Bearer ${KEYS.nobody}` },
      { authorization: `Basic ${Buffer.from(`x:${KEYS.design}`).toString('base64')}` },
      { 'x-api-key': KEYS.expired },
    ];
    for (const headers of credentials) {
      await send(generations, { headers, body: { prompt: 'x', user: ann } });
    }
    await send(`${generate}?key=${KEYS.nobody}`, { body: native });
    await send(`${generations}?key=${KEYS.design}&api_key=${KEYS.design}&user=${ann}`, {
      body: { prompt: 'x' },
    });
    await send(`/v1/unknown?key=${KEYS.design}`, { headers: design, method: 'GET' });
    await send('/v1/models', { headers: design, method: 'DELETE' });
    await send('/v1/accounts', { headers: design, method: 'GET' });
    await send(`/v1/usage?group_by=colour&user=${ann}`, { headers: design, method: 'GET' });

    // Refused, failed.
    for (const fault of [
      { kind: 'refusal' },
      { kind: 'refusal', finishMessage: `no ${ann}, no ${KEYS.account}` },
      { kind: 'status', status: 500, message: `key ${KEYS.account} of ${ann}` },
      { kind: 'status', status: 400, message: `API key not valid: ${KEYS.account}` },
      { kind: 'garbage' },
      { kind: 'cut', afterBytes: 100 },
    ] as const) {
      for (const [path, body] of [
        [generations, { prompt: 'x', user: ann }],
        [generations, { prompt: 'x', user: ann, stream: true }],
        ['/v1/chat/completions', chat({ stream: true })],
      ] as const) {
        easel.emulator.injectFault({ ...fault, count: 1 });
        await send(path, { headers: design, body });
        await send('/v1/accounts/one@test/enable', {
          headers: { authorization: `Bearer ${KEYS.proxy}` },
        });
      }
    }

    // Over a limit by the minute and one by the day.
    const shop = { authorization: `Bearer ${KEYS.shop}` };
    for (let round = 0; round < 3; round += 1) {
      await send(generations, { headers: shop, body: { prompt: 'x', n: 2, user: customer } });
      await send(generations, { headers: shop, body: { prompt: 'x', user: customer } });
    }

    // With separate keys: performed, replayed, reused, failed, fetched later.
    const once = { ...design, 'idempotency-key': 'one-of-ann' };
    await send(generations, { headers: once, body: { prompt: 'x', user: ann } });
    await send(generations, { headers: once, body: { prompt: 'x', user: ann } });
    await send(generations, { headers: once, body: { prompt: 'y', user: patient } });
    easel.emulator.injectFault({ kind: 'refusal', finishMessage: `no ${ann}`, count: 1 });
    const refused = { ...design, 'idempotency-key': 'refused' };
    await send(generations, { headers: refused, body: { prompt: 'x', user: ann } });
    await send(generations, { headers: refused, body: { prompt: 'x', user: ann } });
    await send('/v1/chat/completions', {
      headers: { ...design, 'idempotency-key': 'chat' },
      body: chat(),
    });
    await send('/v1/requests?idempotency_key=one-of-ann', { headers: design, method: 'GET' });
    await send('/v1/requests?idempotency_key=refused', { headers: design, method: 'GET' });
  }

  it('no key, no digest of one and no user is in the log, the metrics, the ledger or an error', async () => {
    await mixture();
    const operator = { authorization: `Bearer ${KEYS.proxy}` };
    const get = async (path: string) =>
      (await fetch(easel.url + path, { headers: operator })).text();
    await until(async () => (await get('/readyz')).includes('"pending":0'));
    // The mixture was one.
    expect(new Set(statuses)).toEqual(new Set([200, 400, 401, 403, 404, 405, 422, 429, 502, 503]));
    let dump = '';
    const count = (rows: readonly Row[]) => rows.length;
    // Images that end together share a row of SQLite, so the number of rows depends on the time.
    const images = (rows: readonly Row[]) => rows.reduce((sum, row) => sum + Number(row.images), 0);
    for (const [table, least, measure] of [
      ['ledger_images', 30, count],
      ['ledger_days', 3, count],
      ['quota_reservations', 17, images],
      ['request_records', 3, count],
    ] as const) {
      // Days and budgets are written later than images, and are not among those pending.
      await until(async () => {
        dump = await database.dump();
        const line = dump.split('\n').find((text) => text.startsWith(`{"name":"${table}"`));
        const { rows } = JSON.parse(line ?? '{}') as { rows: readonly Row[] };
        return measure(rows) >= least;
      });
    }
    expect(dump).toContain('"end_user":"');
    const reports = await Promise.all(
      ['/metrics', '/v1/usage?group_by=day,consumer,account', '/v1/accounts', '/readyz'].map(get),
    );
    expect(errors.length).toBeGreaterThan(50);
    expect({
      log: foundIn(easel.rawLog()),
      metrics: foundIn(reports.join('\n')),
      ledger: foundIn(dump),
      errors: errors.filter((text) => foundIn(text).length > 0),
    }).toEqual({ log: [], metrics: [], ledger: [], errors: [] });
  });

  it('would be found if it were there', () => {
    for (const { of, form } of SECRETS) {
      expect(foundIn(`x ${form} y`)).toContain(`${of} as ${form}`);
    }
  });
});

if (!HAS_POSTGRES) {
  it('has no PostgreSQL here', () => {
    process.stderr.write('SKIPPED: the tables of PostgreSQL need initdb and postgres\n');
    expect(process.env['EASEL_REQUIRE_POSTGRES']).not.toBe('1');
  });
}
