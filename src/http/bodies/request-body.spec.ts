import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { serveBodies, type BodyServer } from '../../../test/body-server';
import { until } from '../../../test/until';
import { MemoryBudget } from '../../memory/memory-budget';
import { isFragmented, isTooSlow } from './body-pace';
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

  it('accepts no body', async () => {
    expect((await server.send([])).status).toBe(200);
    expect((await server.send(['Content-Length: 0'])).status).toBe(200);
    expect(received).toEqual([]);
  });

  it('leaves no listener behind', async () => {
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
    // The response comes although the body may never: the server's end of the connection is open.
    const reply = await server.send(headers, ...pieces);
    expect(reply.status).toBe(status);
  });

  it('sends 100 Continue for a body that waits for it', async () => {
    const socket = await server.begin([
      'Connection: close',
      'Expect: 100-continue',
      'Content-Length: 2',
    ]);
    const [invitation] = (await once(socket, 'data')) as [Buffer];
    expect(invitation.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('ok');
    await until(() => socket.closed);
    expect(text()).toBe('ok');
  });

  it.each([
    ['as it is', []],
    ['compressed', ['Content-Encoding: gzip']],
  ])('ends when the client hangs up: %s', async (_name, headers) => {
    const socket = await server.begin(['Content-Length: 1000', ...headers]);
    socket.write(gzipSync('x'.repeat(1000)).subarray(0, 15));
    await sleep(20);
    socket.destroy();
    await until(() => server.results.length > 0);
    expect(server.results[0]).toMatchObject({ fault: { kind: 'invalid_request' } });
  });

  it('lets a client that is refused finish, and read why', async () => {
    const rest = 900_000 - 'refuse me'.length;
    const socket = await server.begin(['Content-Length: 900000']);
    let responses = '';
    socket.on('data', (chunk) => (responses += chunk.toString()));
    socket.write('refuse me');
    await until(() => responses.includes('HTTP/1.1 500'));
    socket.write(Buffer.alloc(rest));
    // The connection is as good as before.
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until(() => socket.closed);
    expect(responses).toContain('HTTP/1.1 200');
  });

  it('yields the event loop while it works', async () => {
    const order: string[] = [];
    const busy = await serveBodies(async (request, response) => {
      const stop = countTurns(order);
      await readBody(request, response, { maxMegabytes: 10 }, () => {
        order.push('chunk');
        work(5);
      });
      stop();
    });
    await busy.send([`Content-Length: ${4 * MEBIBYTE}`], Buffer.alloc(4 * MEBIBYTE));
    // 8 ms are two chunks, and one may come that was on its way.
    expect(longestRun(order, 'chunk')).toBeLessThanOrEqual(3);
    busy.close();
  });

  it('continues bodies that end at the same time one by one, and yields in between', async () => {
    const order: string[] = [];
    const stop = countTurns(order);
    const busy = await serveBodies(async (request, response) => {
      await readBody(request, response, { maxMegabytes: 10 }, () => undefined);
      order.push('end');
      work(10);
    });
    await Promise.all(
      Array.from({ length: 12 }, () => busy.send(['Content-Length: 5'], Buffer.from('hello'))),
    );
    stop();
    expect(order.filter((entry) => entry === 'end')).toHaveLength(12);
    expect(longestRun(order, 'end')).toBe(1);
    busy.close();
  });

  it('refuses a body in tiny chunks, and accepts one that only ends in some', async () => {
    const crumbs = '1\r\nx\r\n'.repeat(20_000);
    const refused = await server.send(['Transfer-Encoding: chunked'], crumbs, '0\r\n\r\n');
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.message).toContain('too many small chunks');
    const rest = '1\r\nx\r\n'.repeat(8000);
    const taken = await server.send(
      ['Transfer-Encoding: chunked'],
      `${(500_000).toString(16)}\r\n`,
      Buffer.alloc(500_000),
      `\r\n${rest}0\r\n\r\n`,
    );
    expect(taken.status).toBe(200);
  });
});

describe('readBody and the memory', () => {
  const paced = (read: Record<string, number> = {}) =>
    serveBodies(
      (request, response) =>
        readBody(request, response, { maxMegabytes: 100, ...read }, (chunk) => {
          received += chunk.length;
        }),
      budget,
    );
  let received: number;
  let budget: MemoryBudget;
  let server: BodyServer;

  beforeEach(async () => {
    received = 0;
    budget = new MemoryBudget(4 * MEBIBYTE, 100);
    server = await paced();
  });
  afterEach(() => {
    server.close();
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(60 * MEBIBYTE))],
    ['deflate', deflateSync(Buffer.alloc(60 * MEBIBYTE))],
    ['br', brotliCompressSync(Buffer.alloc(60 * MEBIBYTE))],
  ])('refuses what is all but empty when compressed: %s', async (encoding, bomb) => {
    const reply = await server.send(
      [`Content-Encoding: ${encoding}`, `Content-Length: ${bomb.length}`],
      bomb,
    );
    expect(reply.status).toBe(413);
    expect(reply.message).toContain('100 times its size');
    // A megabyte is free, and a chunk may be on its way for each.
    expect(received).toBeLessThan(Math.max(2 * MEBIBYTE, 101 * bomb.length));
  });

  it('accepts text that compresses to a thirtieth', async () => {
    const line = (n: number) => `{"id":${n},"text":"a boat on a lake at dawn, oil on canvas"},`;
    const text = Array.from({ length: 60_000 }, (_, n) => line(n)).join('');
    const zipped = gzipSync(text);
    expect(text.length / zipped.length).toBeGreaterThan(15);
    const headers = ['Content-Encoding: gzip', `Content-Length: ${zipped.length}`];
    expect((await server.send(headers, zipped)).status).toBe(200);
    expect(received).toBe(text.length);
  });

  it('does not count announced bytes as received', async () => {
    const socket = await server.begin([`Content-Length: ${100 * MEBIBYTE}`]);
    socket.write('x');
    await until(() => received === 1);
    expect(budget.bytes).toBe(0);
    socket.write(Buffer.alloc(20_000));
    await until(() => received === 20_001);
    expect(budget.bytes).toBeGreaterThan(20_000);
    expect(budget.bytes).toBeLessThan(60_000);
    socket.destroy();
    await until(() => budget.bytes === 0);
  });

  it('counts decompressed bytes, and pauses the decoder while there is no memory', async () => {
    // It is the eldest, and would be let in however large the body is.
    const elder = budget.share('bodies');
    await elder.grow({ bytes: 3 * MEBIBYTE, weight: 1, signal: new AbortController().signal });
    const body = Buffer.from(randomBytes(2 * MEBIBYTE).toString('hex'));
    const zipped = gzipSync(body);
    const sent = server.send(
      ['Content-Encoding: gzip', `Content-Length: ${zipped.length}`],
      zipped,
    );
    await until(() => budget.waiting === 1);
    const before = received;
    await sleep(100);
    expect(received).toBe(before);
    expect(received).toBeLessThan(MEBIBYTE + MEBIBYTE / 4);
    elder.release();
    expect((await sent).status).toBe(200);
    expect(received).toBe(body.length);
  });

  it.each<[string, (send: (bytes: string) => void) => NodeJS.Timeout | undefined]>([
    ['stops', () => undefined],
    [
      'brings a byte every now and then',
      (send) =>
        setInterval(() => {
          send('x');
        }, 20),
    ],
  ])('gives up a body that %s, and gives its memory back', async (_name, start) => {
    server.close();
    server = await paced({ paceMs: 200 });
    const socket = await server.begin([`Content-Length: ${MEBIBYTE}`]);
    socket.write(Buffer.alloc(300_000));
    const timer = start((bytes) => socket.write(bytes));
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1\.1 408 /);
    expect(budget.bytes).toBe(0);
    // The connection is not kept either.
    await until(() => socket.closed);
    clearInterval(timer);
  });

  it('does not hold against a body that it has to wait for memory', async () => {
    server.close();
    server = await paced({ paceMs: 50 });
    const elder = budget.share('bodies');
    await elder.grow({ bytes: 4 * MEBIBYTE, weight: 1, signal: new AbortController().signal });
    const sent = server.send(['Transfer-Encoding: chunked'], ...chunked(Buffer.alloc(MEBIBYTE)));
    await until(() => budget.waiting === 1);
    await sleep(300);
    elder.release();
    expect((await sent).status).toBe(200);
  });
});

describe('the pace of a body', () => {
  it.each<[string, number, boolean, boolean]>([
    ['nothing', 0, false, true],
    ['a byte', 1, false, true],
    ['a little less than it has to', 16 * 1024 - 1, false, true],
    ['as much as it has to', 16 * 1024, false, false],
    ['nothing, while it was put off', 0, true, false],
  ])('%s', (_name, bytes, wasPausedForMemory, expected) => {
    expect(isTooSlow({ bytes, wasPausedForMemory })).toBe(expected);
  });

  it.each<[string, number, number, boolean]>([
    ['few pieces of one byte', 8192, 8192, false],
    ['many', 8193, 8193, true],
    ['many of some size', 100_000, 6_400_000, false],
    ['many of a little less', 100_000, 6_399_999, true],
  ])('%s', (_name, pieces, bytes, expected) => {
    expect(isFragmented(pieces, bytes)).toBe(expected);
  });
});

/** Enters each turn of the event loop into the order of events, until it is told to stop. */
function countTurns(order: string[]): () => void {
  let isOn = true;
  const count = () => {
    order.push('turn');
    if (isOn) {
      setImmediate(count);
    }
  };
  setImmediate(count);
  return () => {
    isOn = false;
  };
}

function longestRun(order: readonly string[], entry: string): number {
  let longest = 0;
  let run = 0;
  for (const one of order) {
    run = one === entry ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    // Busy.
  }
}

function chunked(body: Buffer): (string | Buffer)[] {
  return [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
}
