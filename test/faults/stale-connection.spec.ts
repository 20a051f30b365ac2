import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { startEasel, type RunningEasel } from '../running-easel';

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('a kept-alive connection that is closed just when it is used again', () => {
  let upstream: Server;
  let easel: RunningEasel;
  let startWith: (maxAttempts: number) => Promise<void>;
  let calls: number;
  let connections: number;
  /** After how many milliseconds a connection that has served once is reset by its next request. */
  let resetAfterMs: number;

  beforeEach(async () => {
    connections = 0;
    calls = 0;
    const responded = new WeakSet<Socket>();
    upstream = createServer((request, response) => {
      request.resume();
      calls += 1;
      const { socket } = request;
      if (responded.has(socket)) {
        setTimeout(() => socket.resetAndDestroy(), resetAfterMs);
        return;
      }
      responded.add(socket);
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ candidates: [{ content: { parts: [{ inlineData: { data: PNG } }] } }] }),
      );
    });
    upstream.on('connection', () => (connections += 1));
    await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
    const { port } = upstream.address() as AddressInfo;
    startWith = async (maxAttempts) => {
      easel = await startEasel({
        accounts: [{ baseUrl: `http://127.0.0.1:${port}` }],
        env: { MAX_ATTEMPTS_PER_IMAGE: String(maxAttempts) },
      });
    };
  });
  afterEach(async () => {
    await easel.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  const account = async () => {
    const response = await fetch(`${easel.url}/v1/accounts`);
    return ((await response.json()) as { data: object[] }).data[0];
  };

  it('is repeated on a new one, as an attempt that is counted and blames no account', async () => {
    resetAfterMs = 0;
    await startWith(2);
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    expect((await easel.generate({ prompt: 'y' })).status).toBe(200);
    expect({ calls, connections }).toEqual({ calls: 3, connections: 2 });
    expect(await account()).toMatchObject({ requests: 3, images: 2, failures: 1, state: 'ready' });
    expect(await (await fetch(`${easel.url}/metrics`)).text()).toContain('"stale_connection"');
  });

  it('is not repeated beyond the attempts of an image', async () => {
    resetAfterMs = 0;
    await startWith(1);
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    expect((await easel.generate({ prompt: 'y' })).status).toBe(502);
    expect(calls).toBe(2);
  });

  it('is not the only one: the others of its age are not tried after it', async () => {
    resetAfterMs = 0;
    await startWith(2);
    expect((await easel.generate({ prompt: 'x', n: 3 })).status).toBe(200);
    expect(connections).toBe(3);
    expect((await easel.generate({ prompt: 'y' })).status).toBe(200);
    expect(connections).toBe(4);
  });

  it('is not taken for that when the reset took its time: then it may have cost money', async () => {
    resetAfterMs = 1300;
    await startWith(1);
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    expect((await easel.generate({ prompt: 'y' })).status).toBe(502);
    expect(connections).toBe(1);
  });
});
