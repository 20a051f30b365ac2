import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { MAIN, startProcess, type EaselProcess } from '../easel-process';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { until } from '../until';
import { upstreamBodies } from '../upstream-body';

const run = promisify(execFile);

const configured = (name: string, fields: Partial<Consumer> = {}): ConfiguredConsumer => ({
  consumer: { name, role: 'member', enabled: true, ...fields },
  keys: [keyDigest(`key-of-${name}`).toString('hex')],
});

const as = (name: string) => ({ authorization: `Bearer key-of-${name}` });

const PRO = 'gemini-3-pro-image';
const FLASH = 'gemini-3.1-flash-image';
const OLD = 'gemini-2.5-flash-image';

describe('a consumer', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'key-of-the-proxy' },
      accounts: [{ email: 'one@test' }, { email: 'two@test' }, { email: 'three@test' }],
      consumers: [
        configured('free'),
        configured('flash', { models: [FLASH, OLD] }),
        configured('pro', { models: [OLD, PRO] }),
        configured('small', { maxImageSize: '2K' }),
        configured('tiny', { maxImageSize: '512' }),
        configured('two', { accounts: ['two@test'] }),
        configured('gone', { accounts: ['gone@test'] }),
        configured('chooser', { role: 'operator', accounts: ['two@test', 'three@test'] }),
      ],
    });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const lastModel = () => easel.emulator.requests.at(-1)?.model;
  const errorOf = async (response: Response) => ((await response.json()) as ErrorBody).error;

  it.each([
    ['free', undefined, PRO],
    ['flash', undefined, FLASH],
    ['flash', 'dall-e-3', FLASH],
    ['flash', `models/${OLD}`, OLD],
    ['pro', undefined, PRO],
    ['pro', 'gpt-image-1', PRO],
    ['pro', 'gemini-3-pro-image-preview', PRO],
    ['pro', `${PRO}-16x9-2k`, PRO],
  ])('%s that asks for %s gets %s', async (name, model, expected) => {
    const response = await easel.generate({ prompt: 'x', model }, as(name));
    expect([response.status, lastModel()]).toEqual([200, expected]);
    await response.arrayBuffer();
  });

  it.each([PRO, 'gemini-3-pro-image-preview', `google/${PRO}-16x9-4k`, 'gemini-3-pro-imag'])(
    'that may not use a model gets the error for an unknown model: %s',
    async (model) => {
      const response = await easel.generate({ prompt: 'x', model }, as('flash'));
      expect(response.status).toBe(404);
      const error = await errorOf(response);
      expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
      expect(error.message.replace(model, '')).not.toContain('gemini-3-pro');
      const found = await fetch(`${easel.url}/v1/models/${model}`, { headers: as('flash') });
      expect(found.status).toBe(404);
      expect((await errorOf(found)).message).toBe(error.message);
    },
  );

  it('lists its own models, and the aliases', async () => {
    const list = async (headers: Record<string, string>) => {
      const response = await fetch(`${easel.url}/v1/models`, { headers });
      const { data } = (await response.json()) as { data: { id: string; owned_by: string }[] };
      return data;
    };
    const own = await list(as('flash'));
    expect(own.filter(({ owned_by: by }) => by === 'google').map(({ id }) => id)).toEqual([
      FLASH,
      OLD,
    ]);
    const all = await list({ 'api-key': 'key-of-the-proxy' });
    const aliases = (models: typeof all) =>
      models.filter(({ owned_by: by }) => by !== 'google').map(({ id }) => id);
    expect(aliases(own)).toEqual(aliases(all));
    expect(all.length).toBeGreaterThan(own.length);
  });

  interface SizeRow {
    readonly body: object;
    readonly name?: string;
    /** What went upstream. */
    readonly size?: string;
    readonly warning?: RegExp;
    readonly status?: number;
    readonly error?: object;
  }

  const lowered = /^image size 4K is more than your key allows; used 2K$/;

  it.each<[string, SizeRow]>([
    ['a size within', { body: { image_size: '2k' }, size: '2K' }],
    [
      'a size above',
      {
        body: { image_size: '4K' },
        status: 400,
        error: {
          param: 'image_size',
          code: 'invalid_value',
          message: "Invalid value: '4K'. Your key allows no images larger than 2K.",
        },
      },
    ],
    ['a quality above', { body: { quality: 'hd' }, size: '2K', warning: lowered }],
    ['a quality within', { body: { quality: 'medium' }, size: '2K' }],
    ['a suffix above', { body: { model: `${PRO}-4k` }, size: '2K', warning: lowered }],
    [
      'an alias with a suffix above',
      { body: { model: 'dall-e-3-4k' }, size: '2K', warning: lowered },
    ],
    ['no size', { body: {} }],
    [
      'a word for more, which is told what it may have',
      { body: { quality: 'high' }, warning: /, none was sent; "medium" is 2K \(/ },
    ],
    [
      'a model that makes larger ones by itself',
      { name: 'tiny', body: { model: FLASH }, size: '512' },
    ],
    [
      'a model that makes none as small',
      {
        name: 'tiny',
        body: {},
        status: 400,
        error: { param: 'model', code: 'invalid_value' },
      },
    ],
    ['a model with one size, within', { body: { model: OLD } }],
  ])(
    'with a largest size asks for %s',
    async (_name, { body, name, size, warning, status, error }) => {
      for (const send of [
        () => easel.generate({ prompt: 'x', ...body }, as(name ?? 'small')),
        () =>
          easel.edit({ prompt: 'x', images: [{ image_url: PIXEL }], ...body }, as(name ?? 'small')),
      ]) {
        easel.emulator.reset();
        const response = await send();
        expect(response.status).toBe(status ?? 200);
        const text = await response.text();
        if (error !== undefined) {
          expect(JSON.parse(text)).toMatchObject({ error });
          expect(easel.emulator.requests).toEqual([]);
          continue;
        }
        expect(response.headers.get('x-image-size')).toBe(size ?? 'default');
        expect(response.headers.get('x-mapping-warning') ?? '').toMatch(warning ?? /^$/);
        expect(easel.emulator.requests).toHaveLength(1);
      }
    },
  );

  const native = (name: string, model: string, body: object, method = 'generateContent') =>
    fetch(`${easel.url}/v1beta/models/${model}:${method}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': `key-of-${name}`, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'x' }] }], ...body }),
    });
  const sized = (imageSize: string) => ({ generationConfig: { imageConfig: { imageSize } } });

  it.each<[string, string, string, object, number]>([
    ['its model', 'flash', FLASH, {}, 200],
    ['a model of others', 'flash', PRO, {}, 404],
    ['a size within', 'small', PRO, sized('2K'), 200],
    ['a size above', 'small', PRO, sized('4K'), 400],
    ['a size that is above if it is not named', 'tiny', FLASH, {}, 200],
    ['a size that none of the model’s is within', 'tiny', PRO, {}, 400],
    ['the only size within', 'tiny', FLASH, sized('512'), 200],
  ])('asks by Gemini’s own API for %s', async (_name, name, model, body, status) => {
    for (const method of ['generateContent', 'streamGenerateContent']) {
      const response = await native(name, model, body, method);
      expect([method, response.status]).toEqual([method, status]);
      await response.arrayBuffer();
    }
    expect(easel.emulator.requests).toHaveLength(status === 200 ? 2 : 0);
  });

  it.each<[string, object, object]>([
    ['nothing', {}, { imageConfig: { imageSize: '512' } }],
    [
      'a ratio',
      { generationConfig: { imageConfig: { aspectRatio: '16:9' }, seed: 7 } },
      { imageConfig: { aspectRatio: '16:9', imageSize: '512' }, seed: 7 },
    ],
    [
      'a ratio in snake_case',
      { generation_config: { image_config: { aspect_ratio: '16:9' } } },
      { image_config: { aspect_ratio: '16:9', imageSize: '512' } },
    ],
  ])(
    'asks by Gemini’s own API for the largest size that it may, of %s',
    async (_name, body, config) => {
      for (const method of ['generateContent', 'streamGenerateContent']) {
        const response = await native('tiny', FLASH, body, method);
        expect(response.status).toBe(200);
        expect(response.headers.get('x-mapping-warning')).toBe(
          'no imageSize was set; used 512, the largest that your key allows',
        );
        expect(response.headers.get('x-image-size')).toBe('512');
        await response.arrayBuffer();
        const { generationConfig, generation_config: other } = upstreamBodies(easel.emulator).at(
          -1,
        ) as unknown as Record<string, unknown>;
        expect(generationConfig ?? other).toEqual(config);
      }
    },
  );

  it.each<[string, string, object, number]>([
    ['its model', 'flash', { model: FLASH }, 200],
    ['a model of others', 'flash', { model: PRO }, 404],
    ['no model', 'flash', {}, 200],
    ['a size above', 'small', { image_config: { image_size: '4K' } }, 400],
    ['a size within', 'small', { image_config: { image_size: '2K' } }, 200],
  ])('asks in a chat for %s', async (_name, name, body, status) => {
    const response = await fetch(`${easel.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...as(name), 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'a cat' }], ...body }),
    });
    expect(response.status).toBe(status);
    await response.arrayBuffer();
  });

  it('lists its models in every API', async () => {
    const idsOf = async (path: string, list: string, id: string) => {
      const response = await fetch(`${easel.url}${path}`, { headers: as('flash') });
      const body = (await response.json()) as Record<string, Record<string, string>[]>;
      return body[list]?.map((model) => model[id]?.replace(/^models\//, ''));
    };
    expect(await idsOf('/v1beta/models', 'models', 'name')).toEqual([FLASH, OLD]);
    expect(await idsOf('/v1/images/models', 'data', 'id')).toEqual([FLASH, OLD]);
    const hidden = await fetch(`${easel.url}/v1beta/models/${PRO}`, { headers: as('flash') });
    expect(hidden.status).toBe(404);
    await hidden.arrayBuffer();
  });

  it('is served by its own accounts alone, however many are busy', async () => {
    const responses = await Promise.all(
      Array.from({ length: 9 }, () => easel.generate({ prompt: 'x' }, as('two'))),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array<number>(9).fill(200));
    expect(new Set(responses.map(({ headers }) => headers.get('x-account-email')))).toEqual(
      new Set(['two@test']),
    );
    expect(easel.emulator.maxInFlight('key-of-two@test')).toBeLessThanOrEqual(4);
    await Promise.all(responses.map((response) => response.arrayBuffer()));
  });

  it('whose accounts no longer exist gets an error that names the operator, but no account', async () => {
    const response = await easel.generate({ prompt: 'x' }, as('gone'));
    expect(response.status).toBe(503);
    const error = await errorOf(response);
    expect(error.code).toBe('no_account_available');
    expect(error.message).toMatch(/^No account that serves this key is usable.*Ask the operator/);
    expect(error.message).not.toContain('@');
  });

  it('that may choose an account chooses among its own', async () => {
    const choose = (email: string) =>
      easel.generate({ prompt: 'x' }, { ...as('chooser'), 'x-account-email': email });
    const own = await choose('three@test');
    expect(own.headers.get('x-account-email')).toBe('three@test');
    await own.arrayBuffer();
    const other = await choose('one@test');
    expect(other.status).toBe(400);
    expect((await errorOf(other)).message).toBe(
      "The account 'one@test' named in X-Account-Email does not serve 'chooser'.",
    );
  });

  it('reads what its key may do', async () => {
    const response = await fetch(`${easel.url}/v1/key`, { headers: as('flash') });
    expect(await response.json()).toEqual({
      object: 'key',
      name: 'flash',
      role: 'member',
      models: [FLASH, OLD],
      max_image_size: null,
      limits: { images_per_minute: null, images_per_day: null, concurrent_images: null },
      budget: null,
      expires_at: null,
    });
  });
});

/** A PNG of one pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('the consumers file', () => {
  let folder: string;
  let file: string;
  let easel: EaselProcess | undefined;

  const entry = (name: string, ...lines: readonly string[]) =>
    [`  - name: ${name}`, ...lines.map((line) => `    ${line}`), ''].join('\n');
  const keyOf = (name: string) => `long-the-key-of-${name}`;
  const statusOf = async (url: string, key: string, path = '/v1/models') =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    file = join(folder, 'consumers.yaml');
  });
  afterEach(() => {
    easel?.child.kill('SIGKILL');
    easel = undefined;
    rmSync(folder, { recursive: true });
  });

  it('makes keys needed, and is in force after a change, or refused as a whole', async () => {
    const keyFile = join(folder, 'shop.key');
    writeFileSync(keyFile, keyOf('shop'));
    writeFileSync(
      file,
      `consumers:\n${entry('design', `key: ${keyOf('design')}`)}${entry('shop', `keyFile: ${keyFile}`)}`,
    );
    easel = startProcess({ CONSUMERS_FILE: file });
    const url = await easel.url();
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await statusOf(url, keyOf('design'))).toBe(200);
    expect(await statusOf(url, keyOf('shop'))).toBe(200);
    expect(await statusOf(url, keyOf('shop'), '/v1/accounts')).toBe(403);

    // A file that it names.
    writeFileSync(keyFile, keyOf('new-shop'));
    await until(async () => (await statusOf(url, keyOf('new-shop'))) === 200);
    expect(await statusOf(url, keyOf('shop'))).toBe(401);

    // At fault: the former stay, and the log says where.
    const process = easel;
    writeFileSync(
      file,
      `consumers:\n${entry('design', `key: ${keyOf('design')}`, 'enabled: false')}${entry('b', 'roles: x')}`,
    );
    await until(() => process.output().includes('consumers reload refused'));
    expect(process.output()).toContain('consumers[1] (line 5), b: roles is not a property');
    expect(await statusOf(url, keyOf('design'))).toBe(200);

    writeFileSync(
      file,
      `consumers:\n${entry('design', `key: ${keyOf('design')}`, 'role: operator')}`,
    );
    await until(async () => (await statusOf(url, keyOf('design'), '/v1/accounts')) === 200);
    expect(await statusOf(url, keyOf('new-shop'))).toBe(401);
    expect(process.output()).not.toMatch(/the-key-of|[\da-f]{64}/);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'PROXY_AUTH_MODE=off',
      { PROXY_AUTH_MODE: 'off' },
      'CONSUMERS_FILE names consumers, but PROXY_AUTH_MODE=off',
    ],
    [
      'a key that is also the proxy’s',
      { PROXY_API_KEY: 'long-the-key-of-design' },
      'consumers[0] (line 2), design: its key is already used by PROXY_API_KEY',
    ],
    [
      'a slip beside it',
      { CONSUMER_FILE: 'x' },
      'CONSUMER_FILE is not a variable of Easel: did you mean CONSUMERS_FILE?',
    ],
  ])('stops the start with %s', async (_name, env, expected) => {
    writeFileSync(file, `consumers:\n${entry('design', `key: ${keyOf('design')}`)}`);
    easel = startProcess({ CONSUMERS_FILE: file, ...env });
    expect(await easel.exit).toBe(1);
    expect(easel.output()).toContain(expected);
    expect(easel.output()).not.toContain('the-key-of');
  });

  it.each<[string, string, string]>([
    ['is not there', '', 'CONSUMERS_FILE cannot be read'],
    ['has a fault', 'consumers:\n  - name: a\n', 'consumers[0] (line 2), a: its key is missing'],
    [
      'has a limit that nothing can hold',
      'consumers:\n  - {name: a, key: the-key-of-design, budget: {usdPerMonth: 3}}\n',
      'consumers[0], a: budget.usdPerMonth needs a persistent ledger',
    ],
  ])('stops the start where it %s', async (_name, text, expected) => {
    if (text !== '') {
      writeFileSync(file, text);
    }
    easel = startProcess({ CONSUMERS_FILE: file });
    expect(await easel.exit).toBe(1);
    expect(easel.output()).toContain(expected);
  });

  it('accepts the lines that the key command prints, and the key', async () => {
    const command = join(MAIN, '../new-key.js');
    const { stdout } = await run(process.execPath, [command, 'design']);
    const [key = ''] = /^sk-easel-\S{43}$/m.exec(stdout) ?? [];
    const yaml = stdout.slice(stdout.indexOf('  - name'));
    writeFileSync(file, `consumers:\n${yaml}`);
    easel = startProcess({ CONSUMERS_FILE: file });
    const url = await easel.url();
    expect(await statusOf(url, key, '/v1/key')).toBe(200);
  });

  it.each([[], ['two', 'names'], ['proxy'], ['a b']])('makes no key for %j', async (...names) => {
    const command = join(MAIN, '../new-key.js');
    await expect(run(process.execPath, [command, ...names])).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^No key was generated: /) as string,
    });
  });
});
