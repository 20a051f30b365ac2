import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  respondWithError,
  startScriptedUpstream,
  writeEvent,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const MODEL = 'gemini-3-pro-image';
const STREAM = `/v1beta/models/${MODEL}:streamGenerateContent`;
const BODY = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'a cat' }] }] });
const ERROR = { error: { code: 503, status: 'UNAVAILABLE', message: 'overloaded', details: [] } };

describe('streamGenerateContent', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let image: string;

  beforeAll(async () => {
    image = await png(32);
  });

  async function start(
    script: (call: ScriptedCall) => void | Promise<void>,
    options: EaselOptions = {},
  ): Promise<void> {
    upstream = await startScriptedUpstream(script);
    easel = await startEasel({
      accounts: [{ baseUrl: upstream.url }, { baseUrl: upstream.url }],
      ...options,
    });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const stream = (query = '?alt=sse', init: RequestInit = {}) =>
    fetch(`${easel.url}${STREAM}${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
      ...init,
    });
  const line = () => easel.log.find(({ msg }) => msg.startsWith('POST /v1beta'));

  /** What comes of a stream, piece by piece. */
  async function* piecesOf(response: Response): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      yield decoder.decode(piece, { stream: true });
    }
  }

  /** Reads on until the text so far holds something. */
  async function readUntil(pieces: AsyncGenerator<string>, wanted: string): Promise<string> {
    let text = '';
    while (!text.includes(wanted)) {
      const piece = await pieces.next();
      if (piece.done === true) {
        throw new Error('the stream has ended');
      }
      text += piece.value;
    }
    return text;
  }

  it('passes events on as they arrive, byte by byte, before the image is complete', async () => {
    let call: ScriptedCall | undefined;
    await start((received) => {
      call = received;
      writeEvent(received.response, respond([{ text: 'Here', thought: true }]));
    });
    const response = await stream();
    const pieces = piecesOf(response);
    let text = await readUntil(pieces, '\r\n\r\n');
    expect(text).toBe(
      `data: ${JSON.stringify(respond([{ text: 'Here', thought: true }]))}\r\n\r\n`,
    );
    const event = `data: ${JSON.stringify(respond([imagePart(image)], 'STOP'))}\r\n\r\n`;
    const half = event.length / 2;
    call?.response.write(event.slice(0, half));
    text += await readUntil(pieces, event.slice(0, half).slice(-20));
    call?.response.end(event.slice(half));
    for await (const piece of pieces) {
      text += piece;
    }
    expect(text.endsWith(event)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-account-email': 'account-1@test',
      'x-images-requested': '1',
    });
    expect(response.headers.get('x-images-returned')).toBeNull();
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ api: 'gemini', status: 200, images: { returned: 1 } });
    expect(upstream.calls[0]?.path).toBe(`${STREAM}?alt=sse`);
  });

  it('passes on an array if the client requests no events', async () => {
    const text = `[${JSON.stringify(respond([{ text: 'Here' }]), null, 2)}\n,\r\n${JSON.stringify(respond([imagePart(image)], 'STOP'))}\n]\n`;
    await start(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(text.slice(0, 60));
      setTimeout(() => response.end(text.slice(60)), 30);
    });
    const response = await stream('?prettyPrint=true&alt=json');
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(upstream.calls[0]?.path).toBe(`${STREAM}?prettyPrint=true`);
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ images: { returned: 1 } });
  });

  it.each<[string, string, (call: ScriptedCall) => void]>([
    [
      'an error',
      '?alt=sse',
      (call) => {
        respondWithError(call, 503, 'UNAVAILABLE');
      },
    ],
    [
      'an error as its first event',
      '?alt=sse',
      ({ response }) => {
        writeEvent(response, ERROR);
        response.end();
      },
    ],
    ['an error as its first item', '', ({ response }) => response.end(JSON.stringify([ERROR]))],
    ['a page', '?alt=sse', ({ response }) => response.end('<html>a proxy</html>')],
    ['nothing', '?alt=sse', ({ response }) => response.end()],
    ['a broken connection', '?alt=sse', ({ response }) => response.socket?.destroy()],
    [
      'a few bytes and a broken connection',
      '?alt=sse',
      ({ response }) => {
        response.writeHead(200).write('data: ');
        setTimeout(() => response.socket?.destroy(), 20);
      },
    ],
  ])('tries another account where a stream begins with %s', async (_name, query, fail) => {
    const said = respond([imagePart(image)], 'STOP');
    await start((call) => {
      if (call.number === 1) {
        fail(call);
      } else if (query === '') {
        call.response.end(JSON.stringify([said]));
      } else {
        writeEvent(call.response, said);
        call.response.end();
      }
    });
    const response = await stream(query);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      query === '' ? JSON.stringify([said]) : `data: ${JSON.stringify(said)}\r\n\r\n`,
    );
    expect(upstream.calls).toHaveLength(2);
    expect(response.headers.get('x-account-email')).toBe('account-2@test');
  });

  it('responds with an ordinary error if nothing was sent yet', async () => {
    await start(
      (call) => {
        respondWithError(call, 500, 'INTERNAL');
      },
      { env: { MAX_ATTEMPTS_PER_IMAGE: '2' } },
    );
    const response = await stream();
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } });
    expect(response.headers.get('x-images-returned')).toBe('0');
  });

  it('passes an error of Google’s in an open stream as it is, and adds none', async () => {
    await start(({ response }) => {
      writeEvent(response, respond([{ text: 'Here' }]));
      writeEvent(response, ERROR);
      response.end();
    });
    const text = await (await stream()).text();
    expect(text.split('\r\n\r\n').filter(Boolean)).toEqual([
      `data: ${JSON.stringify(respond([{ text: 'Here' }]))}`,
      `data: ${JSON.stringify(ERROR)}`,
    ]);
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ status: 200, failedWith: 502, fault: 'upstream_error' });
    expect(upstream.calls).toHaveLength(1);
  });

  it('ends an open stream that breaks off between two events with an error', async () => {
    await start(({ response }) => {
      writeEvent(response, respond([{ text: 'Here' }]));
      setTimeout(() => response.socket?.destroy(), 30);
    });
    const text = await (await stream()).text();
    const events = text.split('\r\n\r\n').filter(Boolean);
    expect(events).toHaveLength(2);
    expect(JSON.parse((events[1] ?? '').replace('data: ', ''))).toMatchObject({
      error: { code: 502, status: 'UNAVAILABLE' },
    });
    expect(upstream.calls).toHaveLength(1);
  });

  it.each([
    ['within an event', '?alt=sse', 'data: {"candidates":[{"content":{"parts":[{"text":"He'],
    ['within an array', '', '[{"candidates":[]}\n,'],
  ])('cuts the connection of a stream that breaks off %s', async (_name, query, half) => {
    await start(({ response }) => {
      response.writeHead(200).write(half);
      setTimeout(() => response.socket?.destroy(), 30);
    });
    const response = await stream(query);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(upstream.calls).toHaveLength(1);
  });

  it('respects its deadline after it has begun', async () => {
    await start(
      ({ response }) => {
        writeEvent(response, respond([{ text: 'Here' }]));
      },
      { env: { REQUEST_DEADLINE_MS: '1500' } },
    );
    const text = await (await stream()).text();
    expect(text).toContain('"status":"DEADLINE_EXCEEDED"');
    await upstream.calls[0]?.closed;
  });

  it('aborts its upstream call when the client hangs up and nothing is kept, and calls no other account', async () => {
    await start(
      ({ response }) => {
        writeEvent(response, respond([{ text: 'Here' }]));
      },
      { env: { ABANDONED_TTL_SECONDS: '0' } },
    );
    const client = new AbortController();
    const response = await stream('?alt=sse', { signal: client.signal });
    await readUntil(piecesOf(response), 'Here');
    client.abort();
    await upstream.calls[0]?.closed;
    await until(() => line() !== undefined);
    expect(upstream.calls).toHaveLength(1);
    const accounts = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      data: { in_flight: number }[];
    };
    expect(accounts.data.map((each) => each.in_flight)).toEqual([0, 0]);
  });

  it('carries an image of 16 MB to a client that reads late, to the byte', async () => {
    const data = randomBytes(12 * 1024 * 1024).toString('base64');
    const said = `data: ${JSON.stringify(respond([imagePart(data)], 'STOP'))}\r\n\r\n`;
    await start(({ response }) => {
      response.writeHead(200).end(said);
    });
    const { port } = new URL(easel.url);
    const hash = createHash('sha256');
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', reject).pause();
      socket.write(
        `POST ${STREAM}?alt=sse HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
      );
      let head = '';
      socket.on('data', (chunk) => {
        if (!head.includes('\r\n\r\n')) {
          head += chunk.toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end !== -1) {
            hash.update(Buffer.from(head.slice(end + 4), 'latin1'));
          }
        } else {
          hash.update(chunk);
        }
      });
      socket.on('close', () => {
        resolve();
      });
      void upstreamDone().then(() => socket.resume(), reject);
    });
    expect(hash.digest('hex')).toBe(createHash('sha256').update(said).digest('hex'));
  }, 120_000);

  async function upstreamDone(): Promise<void> {
    await until(() => upstream.calls.length > 0);
    await upstream.calls[0]?.closed;
  }
});
