import { setTimeout as sleep } from 'node:timers/promises';
import { picture } from '../pictures';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';

const KEY = 'the-right-key-0123456789';
const BASES = ['', '/api/v1', '/v1beta/openai', '/openai/v1', '/openai', '/API/v1'];
const AZURE = '/openai/deployments/dall-e-3/images';

/** Base URLs differ from program to program; one route answers to all of them. */
describe('other paths to the routes of /v1', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY } });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const call = (
    method: string,
    path: string,
    body?: object,
    headers: object = { 'api-key': KEY },
  ) =>
    fetch(`${easel.url}${path}`, {
      method,
      headers: { ...(body instanceof FormData ? {} : JSON_TYPE), ...headers },
      ...(body && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
  const JSON_TYPE = { 'content-type': 'application/json' };
  const errorOf = async (response: Response) => ((await response.json()) as ErrorBody).error;

  it.each(BASES)('serves each of them under %s', async (base) => {
    const made = await call('POST', `${base}/images/generations?api-version=2026-01-01`, {
      prompt: 'x',
    });
    expect(made.status).toBe(200);
    expect(((await made.json()) as ImagesBody).data).toHaveLength(1);
    const form = new FormData();
    form.append('prompt', 'x');
    form.append('image', new Blob([await picture(32, 32)]), 'x.png');
    expect((await call('POST', `${base}/images/edits/`, form)).status).toBe(200);
    const models = await call('GET', `${base}/models`);
    expect(await models.json()).toMatchObject({ object: 'list' });
    const model = await call('GET', `${base}/models/google/gemini-3-pro-image`);
    expect(await model.json()).toMatchObject({ object: 'model' });
    expect((await call('HEAD', `${base}/models`)).status).toBe(200);
    expect((await call('GET', `${base}/accounts`)).status).toBe(200);
  });

  it.each(BASES)('needs a key under %s as on the route itself', async (base) => {
    const none = await call('POST', `${base}/images/generations`, { prompt: 'x' }, {});
    expect(none.status).toBe(401);
    const wrong = await call('GET', `${base}/models`, undefined, { 'api-key': 'no' });
    expect(await errorOf(wrong)).toMatchObject({ code: 'invalid_api_key' });
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('has one label, one limit and one document for all of them', async () => {
    const before = await metric();
    await call('POST', '/api/v1/images/generations', { prompt: 'x' });
    await call('POST', `${AZURE}/generations`, { prompt: 'x' });
    while ((await metric()) < before + 2) {
      await sleep(5);
    }
    const text = await (await call('GET', '/metrics')).text();
    expect(text).not.toMatch(/route="[^"]*(openai|api\/v1|deployments)/);
    const document = (await (await call('GET', '/docs-json')).json()) as { paths: object };
    const aliases = Object.keys(document.paths).filter((path) => /openai|^\/api\//.test(path));
    expect(aliases).toEqual([]);
  });

  async function metric(): Promise<number> {
    const text = await (await call('GET', '/metrics')).text();
    const pattern =
      /^easel_http_requests_total\{[^}]*route="\/v1\/images\/generations"[^}]*status="200"[^}]*\} (\d+)/m;
    return Number(pattern.exec(text)?.[1] ?? 0);
  }

  it('prefers the model in Azure’s path to that in the body', async () => {
    const path = '/openai/deployments/gemini-3.1-flash-image/images';
    const body = { prompt: 'x', model: 'gemini-2.5-flash-image' };
    const made = await call('POST', `${path}/generations?api-version=2026-01-01`, body);
    expect(made.headers.get('x-image-model')).toBe('gemini-3.1-flash-image');
    const form = new FormData();
    form.append('prompt', 'x');
    form.append('model', 'gemini-2.5-flash-image');
    form.append('image', new Blob([await picture(32, 32)]), 'x.png');
    const edited = await call('POST', `${path}/edits`, form);
    expect(edited.headers.get('x-image-model')).toBe('gemini-3.1-flash-image');
    const chat = await call('POST', '/openai/deployments/gemini-3.1-flash-image/chat/completions', {
      messages: [{ role: 'user', content: 'x' }],
      model: 'gemini-2.5-flash-image',
    });
    expect(chat.headers.get('x-image-model')).toBe('gemini-3.1-flash-image');
    expect(easel.emulator.requests.map(({ model }) => model)).toEqual([
      'gemini-3.1-flash-image',
      'gemini-3.1-flash-image',
      'gemini-3.1-flash-image',
    ]);
  });

  it('reads Azure’s alias as any other: dall-e-3 gives a URL', async () => {
    const made = await call('POST', `${AZURE}/generations`, { prompt: 'x' });
    expect(((await made.json()) as ImagesBody).data[0]?.url).toMatch(/^data:image/);
  });

  it('lists the valid models if a deployment is not one', async () => {
    const made = await call('POST', '/openai/deployments/our%20painter/images/generations', {
      prompt: 'x',
    });
    expect(made.status).toBe(404);
    expect(await errorOf(made)).toMatchObject({
      code: 'model_not_found',
      param: 'model',
      message: expect.stringContaining("The model 'our painter' does not exist") as string,
    });
  });

  it('keeps the method of the route', async () => {
    const response = await call('GET', `${AZURE}/generations`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    const options = await call('OPTIONS', '/api/v1/images/generations');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
  });

  it.each([
    ['/v1/v1/images/generations', 'one /v1 too many: call /v1/images/generations.'],
    ['/api/v1/v1/images/edits', 'one /v1 too many: call /v1/images/edits.'],
    ['/v1/images/generation', 'Did you mean /v1/images/generations?'],
    ['/openai/deployments/x/images/variations', 'Did you mean /v1/images/variations?'],
    ['/v1/audio/speech', 'has no such endpoint'],
    ['/v1/responses', 'POST /v1/images/generations'],
    ['/api/v1/%E0%A4%A', 'Invalid URL (POST /api/v1/%25E0%25A4%25A)'],
    ['/openai/deployments/%E0%A4%A/images/generations', "The model '%E0%A4%A' does not exist"],
  ])('answers %s with 404 and %s', async (path, message) => {
    const response = await call('POST', path, { prompt: 'x' });
    expect(response.status).toBe(404);
    expect((await errorOf(response)).message).toContain(message);
  });

  it('never hides a real route', () => {
    const own = easel.routes.list().filter(({ path }) => !path.startsWith('/v1/'));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter(({ path }) => easel.routes.has(`/v1${path}`))).toEqual([]);
  });
});
