import { createHash } from 'node:crypto';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  respondWhole,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const KEYED = { 'idempotency-key': 'mine' };

describe('Idempotency-Key', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream | undefined;

  afterEach(async () => {
    await easel.close();
    await upstream?.close();
    upstream = undefined;
  });

  /** An upstream whose calls wait until they are let go. */
  async function heldUpstream(env: Record<string, string> = {}) {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const image = await png(8);
    const scripted = await startScriptedUpstream(async (call: ScriptedCall) => {
      await released;
      respondWhole(call, image);
    });
    upstream = scripted;
    easel = await startEasel({
      env,
      accounts: [{ email: 'one@test', baseUrl: scripted.url, maxConcurrency: 8 }],
    });
    return { calls: scripted.calls, release };
  }

  it('sends the same response again, and asks for nothing', async () => {
    easel = await startEasel();
    const body = { prompt: 'a lighthouse', n: 2 };
    const first = await easel.generate(body, KEYED);
    const firstText = await first.text();
    const again = await easel.generate(body, KEYED);
    expect(await again.text()).toBe(firstText);
    expect(again.status).toBe(200);
    expect(easel.emulator.requests).toHaveLength(2);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('x-cost-usd')).toBe('0');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    for (const name of ['x-images-returned', 'x-image-model', 'x-account-email', 'content-type']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
  });

  it.each<[string, string]>([
    ['an alias of the route', '/images/generations'],
    ['another alias', '/api/v1/images/generations'],
  ])('is of the route, whatever its path: %s', async (_name, path) => {
    easel = await startEasel();
    await easel.generate({ prompt: 'x' }, KEYED);
    const again = await fetch(easel.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...KEYED },
      body: '{"prompt":"x"}',
    });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('makes another image for another key, and for none', async () => {
    easel = await startEasel();
    for (const headers of [KEYED, { 'idempotency-key': 'other' }, {}]) {
      const response = await easel.generate({ prompt: 'x' }, headers);
      expect(response.headers.get('idempotent-replayed')).toBeNull();
    }
    expect(easel.emulator.requests).toHaveLength(3);
  });

  it('refuses another body, another order of its bytes and another pin', async () => {
    easel = await startEasel();
    await easel.generate('{"prompt":"x","n":1}', KEYED);
    const others: [string, Record<string, string>][] = [
      ['{"prompt":"y","n":1}', KEYED],
      ['{"n":1,"prompt":"x"}', KEYED],
      ['{"prompt":"x","n":1}', { ...KEYED, 'x-account-email': 'account-1@test' }],
    ];
    for (const [body, headers] of others) {
      const response = await easel.generate(body, headers);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        error: { type: 'invalid_request_error', code: 'idempotency_key_reused' },
      });
    }
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('refuses another model in the path', async () => {
    easel = await startEasel();
    const ask = (model: string) =>
      fetch(`${easel.url}/openai/deployments/${model}/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...KEYED },
        body: '{"prompt":"x"}',
      });
    expect((await ask('gemini-3-pro-image')).status).toBe(200);
    expect((await ask('gemini-2.5-flash-image')).status).toBe(422);
    expect((await ask('gemini-3-pro-image')).headers.get('idempotent-replayed')).toBe('true');
  });

  it.each<[string, number]>([
    ['"quoted"', 200],
    ['x'.repeat(255), 200],
    ['x'.repeat(256), 400],
    ['two words', 400],
    ['ü', 400],
  ])('takes %j with %i', async (key, status) => {
    easel = await startEasel();
    const response = await easel.generate({ prompt: 'x' }, { 'idempotency-key': key });
    expect(response.status).toBe(status);
  });

  it('treats a quoted key as the same', async () => {
    easel = await startEasel();
    await easel.generate({ prompt: 'x' }, { 'idempotency-key': '"mine"' });
    const again = await easel.generate({ prompt: 'x' }, KEYED);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('compares forms by their content, whatever their boundary and order', async () => {
    easel = await startEasel();
    const image = new Blob([Buffer.from(await png(16), 'base64')], { type: 'image/png' });
    const form = (names: readonly string[], prompt = 'x') => {
      const built = new FormData();
      for (const name of names) {
        if (name === 'image') {
          built.set('image', image, `${Math.random()}.png`);
        } else {
          built.set(name, prompt);
        }
      }
      return built;
    };
    const first = await easel.edit(form(['image', 'prompt']), KEYED);
    expect(first.status).toBe(200);
    const again = await easel.edit(form(['prompt', 'image']), KEYED);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.text()).toBe(await first.text());
    expect((await easel.edit(form(['prompt', 'image'], 'y'), KEYED)).status).toBe(422);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('keeps refusals and errors about the request, but no temporary errors', async () => {
    easel = await startEasel({ accounts: 1 });
    easel.emulator.injectFault({ kind: 'refusal', finishReason: 'IMAGE_SAFETY', count: 1 });
    const refused = await easel.generate({ prompt: 'x' }, KEYED);
    const refusal = await refused.text();
    const again = await easel.generate({ prompt: 'x' }, KEYED);
    expect([refused.status, again.status]).toEqual([400, 400]);
    expect(await again.text()).toBe(refusal);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(easel.emulator.requests).toHaveLength(1);

    const wrong = { prompt: 'x', n: 0 };
    expect((await easel.generate(wrong, { 'idempotency-key': 'wrong' })).status).toBe(400);
    const wrongAgain = await easel.generate(wrong, { 'idempotency-key': 'wrong' });
    expect(wrongAgain.headers.get('idempotent-replayed')).toBe('true');

    easel.emulator.injectFault({ kind: 'no_image', count: 2 });
    const later = { 'idempotency-key': 'later' };
    expect((await easel.generate({ prompt: 'x' }, later)).status).toBe(502);
    const better = await easel.generate({ prompt: 'x' }, later);
    expect([better.status, better.headers.get('idempotent-replayed')]).toEqual([200, null]);
  });

  it('lets others wait for the first, 16 at most, and gives them what it gets', async () => {
    const { calls, release } = await heldUpstream();
    const requests = Array.from({ length: 20 }, () => easel.generate({ prompt: 'x' }, KEYED));
    const early = await Promise.all(
      (await settledFirst(requests, 3)).map(async (response) => ({
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.json(),
      })),
    );
    for (const response of early) {
      expect(response).toMatchObject({
        status: 409,
        retryAfter: '2',
        body: { error: { code: 'idempotency_in_progress' } },
      });
    }
    release();
    const all = await Promise.all(requests);
    const good = all.filter(({ status }) => status === 200);
    expect(good).toHaveLength(17);
    expect(good.filter(({ headers }) => headers.has('idempotent-replayed'))).toHaveLength(16);
    const texts = await Promise.all(good.map((response) => response.text()));
    expect(new Set(texts).size).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it('waits no longer than the waiting request’s own deadline', async () => {
    const { release } = await heldUpstream({ REQUEST_DEADLINE_MS: '1500' });
    const first = easel.generate({ prompt: 'x' }, KEYED);
    await until(() => upstream?.calls.length === 1);
    const waited = await easel.generate({ prompt: 'x' }, KEYED);
    // The error may be that of the first one's own deadline, which is earlier.
    expect([409, 504]).toContain(waited.status);
    expect((await first).status).toBe(504);
    release();
  });

  it('is carried out to its end when its client hangs up', async () => {
    const { calls, release } = await heldUpstream();
    const client = new AbortController();
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...KEYED },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => calls.length === 1);
    client.abort();
    await gone;
    release();
    const again = await easel.generate('{"prompt":"x"}', KEYED);
    expect(again.status).toBe(200);
    expect(((await again.json()) as ImagesBody).data).toHaveLength(1);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(calls).toHaveLength(1);
    await until(() => easel.rawLog().includes('client disconnected'));
  });

  it('ends if a stream is refused whose client hung up before it began', async () => {
    const image = await png(8);
    upstream = await startScriptedUpstream(() => undefined);
    easel = await startEasel({
      env: { PROXY_API_KEY: 'mine' },
      accounts: [{ email: 'one@test', baseUrl: upstream.url, maxConcurrency: 1 }],
    });
    const { calls } = upstream;
    const key = { ...KEYED, authorization: 'Bearer mine' };
    const busy = easel.generate({ prompt: 'x' }, { authorization: 'Bearer mine' });
    await until(() => calls.length === 1);
    const chat = (signal?: AbortSignal) =>
      fetch(`${easel.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...key },
        body: JSON.stringify({
          model: 'gemini-3-pro-image',
          messages: [{ role: 'user', content: 'a boat' }],
          stream: true,
        }),
        ...(signal && { signal }),
      });
    const atWork = async () => {
      const found = await fetch(`${easel.url}/v1/requests?idempotency_key=mine`, { headers: key });
      return found.status === 202;
    };
    const client = new AbortController();
    const gone = chat(client.signal).catch(() => undefined);
    await until(atWork);
    client.abort();
    await gone;
    await until(() => easel.rawLog().includes('continues without its client'));
    const answer = (index: number, ...content: Parameters<typeof respond>) => {
      const call = calls[index];
      const type = { 'content-type': 'text/event-stream' };
      call?.response.writeHead(200, call.path.includes('alt=sse') ? type : undefined);
      const text = JSON.stringify(respond(...content));
      call?.response.end(call.path.includes('alt=sse') ? `data: ${text}\r\n\r\n` : text);
    };
    answer(0, [imagePart(image)], 'STOP');
    await (await busy).arrayBuffer();
    await until(() => calls.length === 2);
    answer(1, [], 'IMAGE_SAFETY');
    await until(async () => !(await atWork()));
    const again = await chat();
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([400, 'true']);
    expect(calls).toHaveLength(2);
  });

  it('sends a stream again as its completed events', async () => {
    easel = await startEasel();
    const body = { prompt: 'x', n: 2, stream: true, partial_images: 2 };
    const first = await (await easel.generate(body, KEYED)).text();
    const again = await easel.generate(body, KEYED);
    expect(again.headers.get('content-type')).toContain('text/event-stream');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const completed = first
      .split('\n\n')
      .filter((event) => event.startsWith('event: image_generation.completed'));
    expect(completed).toHaveLength(2);
    expect((await again.text()).trim().split('\n\n')).toEqual(completed);
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it.each<[string, string, object]>([
    ['a chat', '/v1/chat/completions', { messages: [{ role: 'user', content: 'a boat' }] }],
    [
      'a streamed chat',
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'a boat' }], stream: true },
    ],
    [
      'a chat in markdown',
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'a boat' }], modalities: ['text'], n: 2 },
    ],
    ['OpenRouter’s Image API', '/v1/images', { prompt: 'a boat' }],
  ])('sends %s again', async (_name, path, body) => {
    easel = await startEasel();
    const post = () =>
      fetch(easel.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...KEYED },
        body: JSON.stringify({ model: 'gemini-3-pro-image', ...body }),
      });
    const first = await post();
    const text = await first.text();
    const again = await post();
    expect(again.status).toBe(first.status);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const sent = await again.text();
    expect(withoutComments(sent)).toBe(withoutComments(text));
    expect(easel.emulator.requests.length).toBeLessThanOrEqual(2);
  });

  it('never gives a response to another key of the gateway', async () => {
    easel = await startEasel({ env: { PROXY_API_KEY: 'first-key,second-key' } });
    const by = (key: string) =>
      easel.generate({ prompt: 'x' }, { ...KEYED, authorization: `Bearer ${key}` });
    const hashes = new Set<string>();
    for (const key of ['first-key', 'second-key']) {
      const response = await by(key);
      expect(response.headers.get('idempotent-replayed')).toBeNull();
      hashes.add(
        createHash('sha256')
          .update(await response.text())
          .digest('hex'),
      );
    }
    expect(easel.emulator.requests).toHaveLength(2);
    expect((await by('first-key')).headers.get('idempotent-replayed')).toBe('true');
  });

  it('keeps no more in memory than it may: the oldest is made anew', async () => {
    easel = await startEasel({ env: { IDEMPOTENCY_CACHE_MB: '1' }, drawing: 'pictures' });
    const body = { prompt: 'x', size: '1024x1024' };
    const bytes = (await (await easel.generate(body, KEYED)).text()).length;
    const others = Math.ceil((1024 * 1024) / bytes);
    for (let index = 0; index < others; index += 1) {
      await easel.generate(body, { 'idempotency-key': `other-${index}` });
    }
    const again = await easel.generate(body, KEYED);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(easel.emulator.requests).toHaveLength(others + 2);
  });

  it('is ignored if it is turned off, and on other routes', async () => {
    easel = await startEasel({ env: { IDEMPOTENCY_TTL_SECONDS: '0' } });
    await easel.generate({ prompt: 'x' }, KEYED);
    await easel.generate({ prompt: 'x' }, KEYED);
    expect(easel.emulator.requests).toHaveLength(2);
    const models = await fetch(`${easel.url}/v1/models`, {
      headers: { 'idempotency-key': 'two words' },
    });
    expect(models.status).toBe(200);
  });

  async function settledFirst(requests: readonly Promise<Response>[], count: number) {
    const settled: Response[] = [];
    for (const request of requests) {
      void request.then((response) => settled.push(response));
    }
    await until(() => settled.length >= count);
    return settled.slice(0, count);
  }
});

function withoutComments(text: string): string {
  return text
    .split('\n\n')
    .filter((event) => !event.startsWith(':'))
    .join('\n\n');
}
