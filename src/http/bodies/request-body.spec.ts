import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { serveBodies, type BodyServer } from '../../../test/body-server';
import { readBody } from './request-body';

const MEBIBYTE = 1024 * 1024;

describe('readBody', () => {
  let server: BodyServer;
  let received: Buffer[] = [];

  beforeEach(async () => {
    received = [];
    server = await serveBodies(async (request, response) => {
      await readBody(request, response, { maxMegabytes: 1 }, (chunk) => {
        if (chunk.includes('refuse me')) {
          throw new TypeError('refused');
        }
        received.push(chunk);
      });
      return ['data', 'end', 'error', 'close'].map((event) => request.listenerCount(event));
    });
  });
  afterEach(() => {
    server.close();
  });

  const text = () => Buffer.concat(received).toString();

  it.each<[string, string, (body: Buffer) => Buffer]>([
    ['as it is', 'identity', (body) => body],
    ['gzip', 'GZip', gzipSync],
    ['deflate', 'deflate', deflateSync],
    ['brotli', 'br', brotliCompressSync],
  ])('takes a body %s', async (_name, encoding, encode) => {
    const body = encode(Buffer.from('x'.repeat(100_000)));
    const headers = [`Content-Encoding: ${encoding}`, `Content-Length: ${body.length}`];
    expect((await server.send(headers, body.subarray(0, 20), body.subarray(20))).status).toBe(200);
    expect(text()).toBe('x'.repeat(100_000));
  });

  it('takes no body', async () => {
    expect((await server.send([])).status).toBe(200);
    expect((await server.send(['Content-Length: 0'])).status).toBe(200);
    expect(received).toEqual([]);
  });

  it('leaves no listener of its own behind', async () => {
    const other = await serveBodies((request) =>
      Promise.resolve(
        ['data', 'end', 'error', 'close'].map((event) => request.listenerCount(event)),
      ),
    );
    await other.send(['Content-Length: 0']);
    await server.send(['Content-Length: 1'], 'x');
    expect(server.results).toEqual(other.results);
    other.close();
  });

  it.each<[string, readonly string[], readonly (string | Buffer)[], number]>([
    ['announced', [`Content-Length: ${MEBIBYTE + 1}`], [], 413],
    [
      'announced, and asked whether it may come',
      [`Content-Length: ${MEBIBYTE + 1}`, 'Expect: 100-continue'],
      [],
      413,
    ],
    [
      'exactly as long as it may be',
      [`Content-Length: ${MEBIBYTE}`],
      [Buffer.alloc(MEBIBYTE)],
      200,
    ],
    [
      'in chunks that never end',
      ['Transfer-Encoding: chunked'],
      ['110000\r\n', Buffer.alloc(0x110000), '\r\n'],
      413,
    ],
    [
      'that is large only when decompressed',
      ['Content-Encoding: gzip', 'Transfer-Encoding: chunked'],
      chunked(gzipSync(Buffer.alloc(20 * MEBIBYTE))),
      413,
    ],
    [
      'that is large only while compressed',
      ['Content-Encoding: gzip', 'Transfer-Encoding: chunked'],
      chunked(Buffer.concat([...Array(70_000).keys()].map(() => gzipSync('')))),
      413,
    ],
    ['in an unknown encoding', ['Content-Encoding: klingon', 'Content-Length: 1'], ['x'], 415],
    ['that is no gzip', ['Content-Encoding: gzip', 'Content-Length: 4'], ['nope'], 400],
    [
      'of half a gzip',
      ['Content-Encoding: gzip', 'Transfer-Encoding: chunked'],
      chunked(gzipSync('x'.repeat(1000)).subarray(0, 20)),
      400,
    ],
    ['that is refused as it comes', ['Content-Length: 900'], ['refuse me'], 500],
  ])('a body %s', async (_name, headers, pieces, status) => {
    // The answer comes although the body may never: the server's end of the connection is open.
    const reply = await server.send(headers, ...pieces);
    expect(reply.status).toBe(status);
  });

  it('invites a body that waits to be asked for', async () => {
    const socket = await server.begin([
      'Connection: close',
      'Expect: 100-continue',
      'Content-Length: 2',
    ]);
    const [invitation] = (await once(socket, 'data')) as [Buffer];
    expect(invitation.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('ok');
    await once(socket, 'close');
    expect(text()).toBe('ok');
  });

  it.each([
    ['as it is', []],
    ['compressed', ['Content-Encoding: gzip']],
  ])('ends when the client has gone: %s', async (_name, headers) => {
    const socket = await server.begin(['Content-Length: 1000', ...headers]);
    socket.write(gzipSync('x'.repeat(1000)).subarray(0, 15));
    await sleep(20);
    socket.destroy();
    while (server.results.length === 0) {
      await sleep(5);
    }
    expect(server.results[0]).toMatchObject({ fault: { kind: 'invalid_request' } });
  });

  it('lets a client that is refused finish, and read why', async () => {
    const rest = 900_000 - 'refuse me'.length;
    const socket = await server.begin(['Content-Length: 900000']);
    let responses = '';
    socket.on('data', (chunk) => (responses += chunk.toString()));
    socket.write('refuse me');
    while (!responses.includes('HTTP/1.1 500')) {
      await sleep(5);
    }
    socket.write(Buffer.alloc(rest));
    // The connection is as good as before.
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(responses).toContain('HTTP/1.1 200');
  });

  it('gives others a turn while it works', async () => {
    const busy = await serveBodies(async (request, response) => {
      const order: string[] = [];
      setImmediate(() => order.push('another'));
      await readBody(request, response, { maxMegabytes: 10 }, () => {
        order.push('chunk');
        const until = performance.now() + 5;
        while (performance.now() < until) {
          // Busy.
        }
      });
      return order;
    });
    await busy.send([`Content-Length: ${4 * MEBIBYTE}`], Buffer.alloc(4 * MEBIBYTE));
    const order = busy.results[0] as string[];
    expect(order.indexOf('another')).toBeLessThan(3);
    busy.close();
  });
});

function chunked(body: Buffer): (string | Buffer)[] {
  return [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
}
