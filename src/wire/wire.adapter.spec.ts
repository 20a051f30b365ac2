import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import axios, { AxiosError, CanceledError, type AxiosAdapter } from 'axios';
import { startCalls, type RawCall, type RawUpstream } from '../../test/raw-upstream';
import { until } from '../../test/until';
import { bytesOf, newSlabs } from '../../test/wire-client';
import type { IncomingBody } from './incoming-body';
import { wireDefaults } from './wire.adapter';

let upstream: RawUpstream;
let calls: RawCall[];
/** Bodies keep their sockets until somebody reads or destroys them. */
const bodies: IncomingBody[] = [];

/** Responds so to all requests. */
async function responding(response: string | Buffer): Promise<void> {
  calls = [];
  upstream = await startCalls((call) => {
    calls.push(call);
    call.socket.write(response);
  });
}

afterEach(async () => {
  for (const body of bodies.splice(0)) {
    body.destroy();
  }
  await upstream.close();
});

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

async function post(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
) {
  const body = [Buffer.from('{"a"'), Buffer.from(':1}')];
  const url = `${upstream.url.origin}${path}`;
  const response = await axios.create(wireDefaults()).post<IncomingBody>(url, body, {
    headers: { 'content-length': '7', ...headers },
    ...(signal === undefined ? {} : { signal }),
  });
  bodies.push(response.data);
  return response;
}

describe('a request', () => {
  it.each([
    ['/v1/models/x:generate', '/v1/models/x:generate'],
    ['/v1?alt=sse&b=%20', '/v1?alt=sse&b=%20'],
    ['/Größe/画像?q=é', '/Gr%C3%B6%C3%9Fe/%E7%94%BB%E5%83%8F?q=%C3%A9'],
    ['/a b?c d', '/a%20b?c%20d'],
    ['/a\r\nX-Evil: 1', '/aX-Evil:%201'],
    ['?x', '/?x'],
    ['#fragment', '/'],
  ])('for %j asks for %j', async (path, target) => {
    await responding(HELLO);
    await post(path, { 'x-name': 'b\xe9' });
    const [requestLine, host, ...fields] = calls[0]?.head.split('\r\n') ?? [];
    expect([requestLine, host]).toEqual([`POST ${target} HTTP/1.1`, `host: ${upstream.url.host}`]);
    expect(fields).toEqual(expect.arrayContaining(['x-name: b\xe9', 'content-length: 7']));
    expect(fields.filter((field) => /evil/i.test(field))).toEqual([]);
    expect(calls[0]?.body.toString()).toBe('{"a":1}');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a line break in a value', { 'x-key': 'secret\r\nX-Evil: 1' }],
    ['a bare LF in a value', { 'x-key': 'secret\nX-Evil: 1' }],
    ['a NUL in a value', { 'x-key': 'secret\0' }],
    ['what is no Latin-1 in a value', { 'x-key': 'secret\u{1F512}\u010A' }],
    ['a line break in a name', { 'x-key\r\nX-Evil': 'secret' }],
    ['a space in a name', { 'x key': 'secret' }],
  ])('brings no second header in by %s', async (_name, headers) => {
    await responding(HELLO);
    const fault = await post('/', headers).then(
      () => '',
      (reason: unknown) => (reason as Error).message,
    );
    expect(fault).not.toContain('secret');
    const lines = calls[0]?.head.split('\r\n') ?? [];
    expect(lines.filter((line) => /^x-evil/i.test(line))).toEqual([]);
  });
});

describe('a response', () => {
  it.each([200, 302, 400, 503])('of status %i is one, with its body unread', async (status) => {
    await responding(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\nLocation: /\r\n\r\nhello`);
    const response = await post('/');
    expect(response.status).toBe(status);
    expect((await bytesOf(response.data)).toString()).toBe('hello');
    expect(calls).toHaveLength(1);
  });

  it.each(['gzip', 'identity'])(
    'that is encoded as %s although not requested',
    async (encoding) => {
      const body = encoding === 'gzip' ? gzipSync('hello') : Buffer.from('hello');
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`;
      await responding(Buffer.concat([Buffer.from(head), body]));
      expect((await bytesOf((await post('/')).data)).toString()).toBe('hello');
    },
  );

  it('that is missing is an AxiosError with the code of the socket', async () => {
    await responding('HTTP/1.1 2OO\r\n\r\n');
    const error: unknown = await post('/').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject({ code: 'EPROTO', request: { isReused: false } });
  });
});

describe('an aborted signal', () => {
  it('hangs up before the response', async () => {
    await responding('');
    const abort = new AbortController();
    const response = post('/', {}, abort.signal);
    void until(() => upstream.sockets.length > 0).then(() => {
      abort.abort();
    });
    await expect(response).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    await until(() => upstream.sockets[0]?.closed === true);
  });

  it('hangs up before there is a connection', async () => {
    await responding('');
    const abort = new AbortController();
    const response = post('/', {}, abort.signal);
    await Promise.resolve();
    abort.abort();
    await expect(response).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  });

  it('hangs up when axios discards the response', async () => {
    await responding('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello');
    const abort = new AbortController();
    const { adapter, ...defaults } = wireDefaults();
    const abortingAdapter: AxiosAdapter = async (config) => {
      const response = await (adapter as AxiosAdapter)(config);
      abort.abort();
      return response;
    };
    const response = axios
      .create({ ...defaults, adapter: abortingAdapter })
      .post(upstream.url.href, [], { signal: abort.signal });
    await expect(response).rejects.toBeInstanceOf(CanceledError);
    await until(() => upstream.sockets[0]?.closed === true);
  });

  it('is nothing to a response that is being read, nor to the next request on its connection', async () => {
    await responding(HELLO);
    const api = axios.create(wireDefaults());
    const abort = new AbortController();
    const first = await api.post<IncomingBody>(upstream.url.href, [], { signal: abort.signal });
    await bytesOf(first.data);
    await pause(5);
    const second = await api.post<IncomingBody>(upstream.url.href, []);
    abort.abort();
    expect((await bytesOf(second.data, newSlabs())).toString()).toBe('hello');
    expect(upstream.sockets).toHaveLength(1);
  });

  it('may be that of many requests', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', listen);
    await responding(HELLO);
    const abort = new AbortController();
    for (let request = 0; request < 30; request += 1) {
      await bytesOf((await post('/', {}, abort.signal)).data);
      await pause(1);
    }
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});
