import { startConnectProxy, type ConnectProxy } from '../../test/connect-proxy';
import { startFullListener } from '../../test/full-listener';
import { LOCALHOST_CERTIFICATE } from '../../test/localhost-certificate';
import { startCalls, startConnections, type RawCall } from '../../test/raw-upstream';
import { proxiedFetch } from './proxied-fetch';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function closing<T extends { close(): Promise<void> }>(opened: T): T {
  closers.push(() => opened.close());
  return opened;
}

const JSON_RESPONSE =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMetadata-Flavor: Google\r\n' +
  'Transfer-Encoding: chunked\r\n\r\n8\r\n{"a":"b"\r\n1\r\n}\r\n0\r\n\r\n';

async function codeOf(response: Promise<unknown>): Promise<unknown> {
  const error: unknown = await response.then(
    () => 'a response',
    (thrown: unknown) => thrown,
  );
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' && name !== 'AbortError' ? code : (name ?? error);
}

describe.each([
  ['directly', false, false],
  ['directly, over TLS', false, true],
  ['through a tunnel', true, false],
  ['through a tunnel, over TLS', true, true],
])('%s', (_way, byProxy, secure) => {
  async function start(response: string): Promise<{
    readonly url: URL;
    readonly calls: readonly RawCall[];
    readonly proxy: ConnectProxy;
    readonly fetch: typeof fetch;
  }> {
    const calls: RawCall[] = [];
    const upstream = closing(
      await startCalls(
        (call) => {
          calls.push(call);
          call.socket.end(response);
        },
        { secure },
      ),
    );
    const proxy = closing(await startConnectProxy({ leadsTo: Number(upstream.url.port) }));
    const proxyFor = byProxy ? () => proxy.url : () => undefined;
    const fetch = proxiedFetch({ ca: LOCALHOST_CERTIFICATE, proxyFor });
    return { url: upstream.url, calls, proxy, fetch };
  }

  it('a form arrives as it was, and the response with its headers', async () => {
    const { url, calls, proxy, fetch } = await start(JSON_RESPONSE);
    const response = await fetch(new URL('/token?x=1', url), {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'a b' }),
      headers: { 'x-own': 'yes' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('metadata-flavor')).toBe('Google');
    expect(await response.json()).toEqual({ a: 'b' });
    const { head = '', body } = calls[0] ?? {};
    expect(head).toMatch(/^POST \/token\?x=1 HTTP\/1\.1\r\n/);
    expect(head).toMatch(/^content-type: application\/x-www-form-urlencoded/im);
    expect(head).toMatch(/^x-own: yes$/im);
    expect(head.toLowerCase()).toContain(`host: ${url.host}`);
    expect(body?.toString()).toBe('grant_type=a+b');
    expect(proxy.asked.map(({ target }) => target)).toEqual(byProxy ? [url.host] : []);
  });

  it('a redirect is a response, and is not followed', async () => {
    const { url, calls, fetch } = await start(
      'HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n',
    );
    expect((await fetch(url)).status).toBe(302);
    expect(calls).toHaveLength(1);
  });

  it('a response without a body is one', async () => {
    const { url, fetch } = await start('HTTP/1.1 204 No Content\r\n\r\n');
    expect((await fetch(url)).status).toBe(204);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'ECONNRESET'],
    [`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1024 * 1024 + 1)}`, 'EPROTO'],
  ])('a response that is cut or too long is none', async (response, code) => {
    const { url, fetch } = await start(response);
    expect(await codeOf(fetch(url))).toBe(code);
  });
});

it('an untrusted certificate is refused', async () => {
  const upstream = closing(await startConnections(() => undefined, { secure: true }));
  expect(await codeOf(proxiedFetch()(upstream.url))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
});

it('a proxy that refuses has its own error code', async () => {
  const proxy = closing(
    await startConnectProxy({ leadsTo: 1, response: 'HTTP/1.1 407 No\r\n\r\n' }),
  );
  const fetch = proxiedFetch({ proxyFor: () => proxy.url });
  expect(await codeOf(fetch('https://tokens.invalid/'))).toBe('PROXY_407');
});

it('a host that does not respond is given up in time', async () => {
  const { url } = closing(await startFullListener());
  expect(await codeOf(proxiedFetch({ connectTimeoutMs: 100 })(url))).toBe('CONNECT_TIMEOUT');
});

it('an abort ends it, before the connection and after', async () => {
  const { url } = closing(await startFullListener());
  const silent = closing(await startConnections((socket) => socket.resume()));
  for (const target of [url, silent.url]) {
    const hangUp = new AbortController();
    const response = codeOf(proxiedFetch()(target, { signal: hangUp.signal }));
    setTimeout(() => {
      hangUp.abort();
    }, 50);
    expect(await response).toBe('AbortError');
  }
});
