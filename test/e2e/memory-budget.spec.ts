import { once } from 'node:events';
import { connect } from 'node:net';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { png, startScriptedUpstream, type ScriptedUpstream } from '../scripted-upstream';
import { until } from '../until';

/** A generation whose client does not read the response until the test says so. */
async function stalledGeneration(url: string): Promise<IncomingMessage> {
  const call = httpRequest(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  call.end(JSON.stringify({ prompt: 'a boat' }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response.pause();
}

describe('MAX_INFLIGHT_MB', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream | undefined;

  afterEach(async () => {
    await easel.close();
    await upstream?.close();
    upstream = undefined;
  });

  /** One image of 1K is expected to take 3 MiB. */
  it('lets requests wait before anything is spent on them', async () => {
    easel = await startEasel({ env: { MAX_INFLIGHT_MB: '4' }, accounts: 5, latencyMs: 60 });
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => easel.generate({ prompt: 'a boat' })),
    );
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(easel.emulator.maxInFlight()).toBe(1);
  });

  it.each([
    ['1K', 3],
    ['4K', 25],
  ])('reserves for an image of %s %i MiB until it arrives', async (imageSize, mebibytes) => {
    easel = await startEasel({ accounts: 5, latencyMs: 1000 });
    const leaving = new AbortController();
    const responded = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gemini-3-pro-image', prompt: 'x', image_size: imageSize }),
      signal: leaving.signal,
    });
    await until(() => easel.emulator.requests.length === 1);
    expect(await heldBytes(easel.url)).toBe(mebibytes * 1024 * 1024);
    leaving.abort();
    await expect(responded).rejects.toThrow('abort');
  });

  it('accepts a request that exceeds the whole budget, alone', async () => {
    easel = await startEasel({ env: { MAX_INFLIGHT_MB: '1' }, accounts: 5, latencyMs: 60 });
    const [first, second] = await Promise.all([
      easel.generate({ prompt: 'boats', n: 4 }),
      easel.generate({ prompt: 'boats', n: 4 }),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(easel.emulator.requests).toHaveLength(8);
    expect(easel.emulator.maxInFlight()).toBe(4);
  });

  it('refuses a request when too many wait', async () => {
    easel = await startEasel({
      env: { MAX_INFLIGHT_MB: '4', MAX_WAITING_IMAGES: '1' },
      accounts: 5,
      latencyMs: 300,
    });
    const first = easel.generate({ prompt: 'a boat' });
    await until(() => easel.emulator.requests.length === 1);
    const second = easel.generate({ prompt: 'a boat' });
    await sleep(50);
    const third = await easel.generate({ prompt: 'a boat' });
    expect(third.status).toBe(503);
    expect(third.headers.get('retry-after')).toBe('5');
    expect(((await third.json()) as ErrorBody).error.code).toBe('overloaded');
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it('spends nothing on a client that hung up while it waited', async () => {
    easel = await startEasel({ env: { MAX_INFLIGHT_MB: '4' }, accounts: 5, latencyMs: 150 });
    const first = easel.generate({ prompt: 'a boat' });
    await until(() => easel.emulator.requests.length === 1);
    const leaving = new AbortController();
    const second = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a boat' }),
      signal: leaving.signal,
    });
    const third = sleep(20).then(() => easel.generate({ prompt: 'a boat' }));
    await sleep(50);
    leaving.abort();
    await expect(second).rejects.toThrow('abort');
    expect([(await first).status, (await third).status]).toEqual([200, 200]);
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it('counts what slow clients have yet to read', async () => {
    // More than the sockets on the way hold.
    const image = Buffer.concat([Buffer.from(await png(8), 'base64'), Buffer.alloc(15_000_000)]);
    const part = { inlineData: { mimeType: 'image/png', data: image.toString('base64') } };
    const body = JSON.stringify({
      candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }],
    });
    upstream = await startScriptedUpstream(({ response }) => {
      response.end(body);
    });
    const { url } = upstream;
    easel = await startEasel({
      env: { MAX_INFLIGHT_MB: '22' },
      otherAccounts: [
        {
          email: 'a@test',
          provider: 'gemini',
          apiKey: 'k',
          baseUrl: url,
          maxConcurrency: 4,
          priority: 1,
          enabled: true,
        },
      ],
    });
    const slow = await stalledGeneration(easel.url);
    let hasResponse = false;
    const next = easel.generate({ prompt: 'a boat' }).then(async (response) => {
      hasResponse = true;
      await response.arrayBuffer();
    });
    await sleep(150);
    expect([hasResponse, upstream.calls.length]).toEqual([false, 1]);
    slow.resume();
    await once(slow, 'end');
    await next;
    expect(upstream.calls).toHaveLength(2);
  });

  it('counts the images of an edit once, in their final form', async () => {
    easel = await startEasel({ accounts: 5, latencyMs: 1500 });
    const image = Buffer.concat([Buffer.from(await png(8), 'base64'), Buffer.alloc(12_000_000)]);
    const form = new FormData();
    form.set('prompt', 'a boat');
    form.set('image', new Blob([image], { type: 'image/png' }), 'a.png');
    const responded = easel.edit(form);
    await until(() => easel.emulator.requests.length === 1);
    // Its base64, the fields, and the 3 MiB that the response is expected to take.
    const expected = (image.length / 3) * 4 + 3 * 1024 * 1024;
    const held = await heldBytes(easel.url);
    expect(held).toBeGreaterThan(expected - 1000);
    expect(held).toBeLessThan(expected + 100_000);
    expect((await responded).status).toBe(200);
  });

  it('does not count announced bytes, and serves a real edit at the same time', async () => {
    easel = await startEasel({ env: { MAX_INFLIGHT_MB: '8' }, accounts: 5 });
    const { port } = new URL(easel.url);
    const silent = Array.from({ length: 20 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        'POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n' +
          'Content-Type: multipart/form-data; boundary=B\r\n\r\n' +
          'x'.repeat(20_000),
      );
      return socket;
    });
    let held = 0;
    while (held === 0) {
      held = await heldBytes(easel.url);
    }
    const image = Buffer.concat([Buffer.from(await png(8), 'base64'), Buffer.alloc(2_000_000)]);
    const form = new FormData();
    form.set('prompt', 'a boat');
    form.set('image', new Blob([image], { type: 'image/png' }), 'a.png');
    expect((await easel.edit(form)).status).toBe(200);
    silent.forEach((socket) => socket.destroy());
    while (held !== 0) {
      held = await heldBytes(easel.url);
    }
  });

  it('accepts only as many bodies as there is memory for', async () => {
    easel = await startEasel({ env: { MAX_INFLIGHT_MB: '1' }, accounts: 5, latencyMs: 300 });
    // What follows the end of an image does not matter.
    const image = Buffer.concat([Buffer.from(await png(8), 'base64'), Buffer.alloc(700 * 1024)]);
    const form = new FormData();
    form.set('prompt', 'a boat');
    form.set('image', new Blob([image], { type: 'image/png' }), 'a.png');
    const first = easel.edit(form);
    await until(() => easel.emulator.requests.length === 1);

    const body = Buffer.from(await new Response(form).arrayBuffer());
    const second = httpRequest(`${easel.url}/v1/images/edits`, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${boundaryOf(body)}`,
        'content-length': body.length,
        expect: '100-continue',
      },
    });
    let isInvited = false;
    second.on('continue', () => {
      isInvited = true;
      second.end(body);
    });
    const responded = once(second, 'response') as Promise<[IncomingMessage]>;
    second.flushHeaders();
    await sleep(100);
    expect(isInvited).toBe(false);
    expect((await first).status).toBe(200);
    const [response] = await responded;
    expect([response.statusCode, isInvited]).toEqual([200, true]);
    response.resume();
  });
});

/** What Easel says that it holds, in bytes. */
async function heldBytes(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^easel_inflight_bytes (\S+)/m.exec(metrics)?.[1]);
}

/** A form begins with its boundary. */
function boundaryOf(form: Buffer): string {
  return form.toString('latin1', 2, form.indexOf('\r\n'));
}
