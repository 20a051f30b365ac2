import { randomBytes } from 'node:crypto';
import { startConnectProxy, type ConnectProxy } from '../../test/connect-proxy';
import { startFullListener } from '../../test/full-listener';
import { LOCALHOST_CERTIFICATE } from '../../test/localhost-certificate';
import { startCalls, startConnections, type RawUpstream } from '../../test/raw-upstream';
import { until } from '../../test/until';
import { responseTo, ask, bytesOf, codeOf } from '../../test/wire-client';
import { ConnectionPool } from './connection-pool';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function closing<T extends { close(): Promise<void> }>(opened: T): T {
  closers.push(() => opened.close());
  return opened;
}

async function proxyTo(upstream: RawUpstream, response?: string): Promise<ConnectProxy> {
  return closing(
    await startConnectProxy({
      leadsTo: Number(upstream.url.port),
      ...(response === undefined ? {} : { response }),
    }),
  );
}

function poolBy(proxy: URL, connectTimeoutMs = 10_000): ConnectionPool {
  return new ConnectionPool({ ca: LOCALHOST_CERTIFICATE, connectTimeoutMs, proxyFor: () => proxy });
}

function withUser(url: URL, username: string, password: string): URL {
  return Object.assign(new URL(url), { username, password });
}

describe.each([false, true])('through a tunnel (TLS: %j)', (secure) => {
  const body = randomBytes(3_000_000);

  async function startBig(): Promise<RawUpstream> {
    return closing(
      await startCalls(
        ({ socket, body: sent }) => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length + sent.length}\r\n\r\n`);
          socket.write(body);
          socket.write(sent);
        },
        { secure },
      ),
    );
  }

  it('every byte is passed in both directions, again and again on one connection', async () => {
    const upstream = await startBig();
    const proxy = await proxyTo(upstream);
    const pool = poolBy(proxy.url);
    const sent = randomBytes(200_000);
    for (let request = 0; request < 3; request += 1) {
      const { connection, response } = ask(pool, upstream.url, [sent]);
      const received = await bytesOf((await response).body);
      expect(received.equals(Buffer.concat([body, sent]))).toBe(true);
      expect(connection.isReused).toBe(request > 0);
      await new Promise(setImmediate);
    }
    expect(proxy.asked).toEqual([{ target: upstream.url.host, credential: undefined }]);
    expect(upstream.sockets).toHaveLength(1);
  });

  it('each connection uses it, and none bypasses it', async () => {
    const upstream = await startBig();
    const proxy = await proxyTo(upstream);
    const pool = poolBy(proxy.url);
    await Promise.all([1, 2, 3].map(() => responseTo(pool, upstream.url)));
    expect(proxy.asked).toHaveLength(3);
    expect(upstream.sockets).toHaveLength(3);
  });

  it('a connection that is closed is closed at the proxy too', async () => {
    const upstream = closing(await startConnections((socket) => socket.resume(), { secure }));
    const proxy = await proxyTo(upstream);
    const { connection } = ask(poolBy(proxy.url), upstream.url);
    await until(() => upstream.sockets.length > 0);
    const closed = new Promise((resolve) => proxy.sockets[0]?.once('close', resolve));
    connection.close();
    await closed;
  });

  it.each([
    ['HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno', 'PROXY_407'],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'PROXY_403'],
    ['HTTP/1.0 502 Bad Gateway\r\n\r\n<html>', 'PROXY_502'],
    ['HTTP/1.1 200 OK\n\n', 'PROXY_EPROTO'],
    ['', 'PROXY_ECONNRESET'],
    ['HTTP/1.1 200 O', 'PROXY_ECONNRESET'],
  ])('a proxy that responds with %j is distinguished from the upstream', async (response, code) => {
    const upstream = await startBig();
    const proxy = await proxyTo(upstream, response);
    expect(await codeOf(ask(poolBy(proxy.url), upstream.url).response)).toBe(code);
    expect(upstream.sockets).toHaveLength(0);
  });
});

it('the proxy receives the credentials, and the upstream does not', async () => {
  const calls: string[] = [];
  const upstream = closing(
    await startCalls(({ socket, head }) => {
      calls.push(head);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    }),
  );
  const proxy = await proxyTo(upstream);
  await responseTo(poolBy(withUser(proxy.url, 'jo%40corp', 'p%3As%2F')), upstream.url);
  const credential = `Basic ${Buffer.from('jo@corp:p:s/').toString('base64')}`;
  expect(proxy.asked).toMatchObject([{ credential }]);
  expect(calls.join()).not.toMatch(/proxy-/i);
});

it('an unreachable proxy is distinguished from the upstream', async () => {
  const proxy = await startConnectProxy({ leadsTo: 1 });
  await proxy.close();
  const { response } = ask(poolBy(proxy.url), new URL('https://localhost:1/'));
  expect(await codeOf(response)).toBe('PROXY_ECONNREFUSED');
});

it.each(['does not take the connection', 'does not respond', 'leads nowhere'])(
  'a proxy that %s is given up in time',
  async (how) => {
    const mute = closing(await startConnections((socket) => socket.resume()));
    const leading = await proxyTo(mute);
    const proxy =
      how === 'leads nowhere'
        ? leading.url
        : how === 'does not respond'
          ? mute.url
          : closing(await startFullListener()).url;
    const { response } = ask(poolBy(proxy, 150), new URL('https://localhost:1/'));
    expect(await codeOf(response)).toBe('CONNECT_TIMEOUT');
  },
);
