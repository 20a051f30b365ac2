import { connect, type OnReadOpts, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { startCalls, startConnections, type RawUpstream } from '../../test/raw-upstream';
import { until } from '../../test/until';
import { responseTo, ask, bytesOf, codeOf, newSlabs } from '../../test/wire-client';
import { ConnectionPool } from './connection-pool';
import { ReadBudget } from '../concurrency/read-budget';
import { UpstreamConnection } from './upstream-connection';

const OK = 'HTTP/1.1 200 OK\r\n';
const HELLO = `${OK}Content-Length: 5\r\n\r\nhello`;

let pool: ConnectionPool;
let upstream: RawUpstream;

beforeEach(() => {
  pool = new ConnectionPool();
});

afterEach(async () => {
  await upstream.close();
});

/** Responds to every request with these, each in a packet of its own. */
async function responding(...pieces: readonly (string | Buffer)[]): Promise<void> {
  upstream = await startCalls(({ socket }) => {
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        if (pieces.length > 1) {
          await pause(2);
        }
      }
    })();
  });
}

/** Responds once with these, and closes. */
async function closingAfter(...pieces: readonly string[]): Promise<void> {
  upstream = await startCalls(({ socket }) => {
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await pause(2);
      }
      socket.end();
    })();
  });
}

describe('a response, and whether its connection is reused', () => {
  it.each<[string, readonly string[], string, boolean]>([
    ['in one packet', [HELLO], 'hello', true],
    ['head and body apart', [`${OK}Content-Length: 5\r\n\r\n`, 'hello'], 'hello', true],
    ['byte by byte', Array.from(HELLO), 'hello', true],
    ['the end of the head in two', [`${OK}Content-Length: 5\r\n\r`, '\nhello'], 'hello', true],
    ['nothing, by its length', [`${OK}Content-Length: 0\r\n\r\n`], '', true],
    ['nothing, by its status', ['HTTP/1.1 204 No Content\r\n\r\n'], '', true],
    ['nothing, in chunks', [`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`], '', true],
    [
      'chunks',
      [`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nhel`, '\r\n2\r\nlo\r\n0\r\n', '\r\n'],
      'hello',
      true,
    ],
    ['100 before it', ['HTTP/1.1 100 Continue\r\n\r\n', HELLO], 'hello', true],
    [
      '103 before it, in the same packet',
      [`HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${HELLO}`],
      'hello',
      true,
    ],
    [
      'Connection: close',
      [`${OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello`],
      'hello',
      false,
    ],
    ['HTTP/1.0', ['HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello'], 'hello', false],
    ['a body longer than announced', [`${HELLO} and more`], 'hello', false],
    ['a second response', [HELLO + HELLO], 'hello', false],
    [
      'a second response behind chunks',
      [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n${HELLO}`],
      'hello',
      false,
    ],
  ])('%s', async (_name, pieces, text, isReused) => {
    await responding(...pieces);
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text, isReused: false });
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text, isReused });
  });

  it.each<[string, readonly string[], string]>([
    ['until close', [OK + '\r\n', 'hel', 'lo'], 'hello'],
    ['nothing until close', [OK + '\r\n'], ''],
    ['until close, of HTTP/1.0', ['HTTP/1.0 200 OK\r\n\r\nhello'], 'hello'],
  ])('%s', async (_name, pieces, text) => {
    await closingAfter(...pieces);
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text, isReused: false });
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text });
    expect(upstream.sockets).toHaveLength(2);
  });

  it('serves many requests one after the other, and leaves no listeners behind', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', listen);
    await responding(`${OK}Content-Length: 5\r\n\r\n`, 'hello');
    for (let request = 0; request < 50; request += 1) {
      expect(await responseTo(pool, upstream.url)).toMatchObject({
        text: 'hello',
        isReused: request > 0,
      });
    }
    await pause(5);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(upstream.sockets).toHaveLength(1);
  });
});

describe('a response that is missing or incomplete', () => {
  it.each<[string, readonly string[], string]>([
    ['closed at once', [], 'ECONNRESET'],
    ['closed in the head', ['HTTP/1.1 200'], 'ECONNRESET'],
    ['closed after an interim response', ['HTTP/1.1 100 Continue\r\n\r\n'], 'ECONNRESET'],
    ['no HTTP', ['SSH-2.0-OpenSSH\r\n\r\n'], 'EPROTO'],
    ['two lengths', [`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`], 'EPROTO'],
    ['a change of protocol', ['HTTP/1.1 101 Switching Protocols\r\n\r\n'], 'EPROTO'],
    ['closed in the body', [`${OK}Content-Length: 50\r\n\r\nhello`], 'ECONNRESET'],
    ['closed in a chunk', [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`], 'ECONNRESET'],
    [
      'closed before the last chunk',
      [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
      'ECONNRESET',
    ],
    ['a malformed chunk', [`${OK}Transfer-Encoding: chunked\r\n\r\n`, 'x\r\n'], 'EPROTO'],
    ['a malformed chunk with the head', [`${OK}Transfer-Encoding: chunked\r\n\r\nx\r\n`], 'EPROTO'],
  ])('%s', async (_name, pieces, code) => {
    await closingAfter(...pieces);
    expect(await codeOf(responseTo(pool, upstream.url))).toBe(code);
  });

  it.each<[string, readonly string[]]>([
    ['at once', []],
    ['in the head', ['HTTP/1.1 200']],
    ['in the body', [`${OK}Content-Length: 50\r\n\r\n`, 'hello']],
  ])('a reset %s', async (_name, pieces) => {
    upstream = await startCalls(({ socket }) => {
      void (async () => {
        for (const piece of pieces) {
          socket.write(piece);
          await pause(5);
        }
        socket.resetAndDestroy();
      })();
    });
    expect(await codeOf(responseTo(pool, upstream.url))).toBe('ECONNRESET');
  });

  // libuv reports the end of the stream, not the reset, if it finds bytes and the reset in one poll. So
  // the reset follows the bytes only once they were read. A body that says its length is incomplete
  // either way; one that does not is JSON, which is incomplete too.
  it('a reset in a body until close', async () => {
    upstream = await startCalls(({ socket }) => {
      socket.write(`${OK}\r\nhello`);
    });
    const { body } = await ask(pool, upstream.url).response;
    const error = await new Promise<NodeJS.ErrnoException>((onError) => {
      body.read(newSlabs(), {
        onBody: () => upstream.sockets[0]?.resetAndDestroy(),
        onEnd: fail,
        onError,
      });
    });
    expect(error.code).toBe('ECONNRESET');
  });

  it('delivers what arrived before the reset, even to a later reader', async () => {
    upstream = await startCalls(({ socket }) => {
      socket.write(`${OK}Content-Length: 50\r\n\r\nhello`);
      setTimeout(() => socket.resetAndDestroy(), 5);
    });
    const { body } = await ask(pool, upstream.url).response;
    await pause(20);
    const told: string[] = [];
    const error = await new Promise<NodeJS.ErrnoException>((onError) => {
      body.read(newSlabs(), {
        onBody: (bytes) => told.push(bytes.toString()),
        onEnd: fail,
        onError,
      });
    });
    expect([told.join(''), error.code]).toEqual(['hello', 'ECONNRESET']);
  });
});

function fail(): void {
  throw new Error('it did not end well');
}

describe('a response before the request is out', () => {
  const upload = Array.from({ length: 200 }, () => Buffer.alloc(100_000));

  it('is taken, and the connection is not used again', async () => {
    upstream = await startConnections((socket) => {
      socket.once('data', () => {
        socket.pause().write(HELLO);
      });
    });
    expect(await responseTo(pool, upstream.url, upload)).toMatchObject({ text: 'hello' });
    expect(await responseTo(pool, upstream.url, upload)).toMatchObject({
      text: 'hello',
      isReused: false,
    });
    expect(upstream.sockets).toHaveLength(2);
  });
});

describe('an idle connection', () => {
  it('is closed by unexpected bytes', async () => {
    await responding(HELLO);
    await responseTo(pool, upstream.url);
    const [socket] = upstream.sockets;
    socket?.write(HELLO);
    await until(() => socket?.closed === true);
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text: 'hello', isReused: false });
  });

  it.each<[string, (socket: Socket | undefined) => void]>([
    ['closes', (socket) => socket?.end()],
    ['resets', (socket) => socket?.resetAndDestroy()],
  ])('is not used once the other end %s it', async (_name, close) => {
    await responding(HELLO);
    await responseTo(pool, upstream.url);
    close(upstream.sockets[0]);
    await pause(20);
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text: 'hello', isReused: false });
  });

  it('reports that it was reused if the other end closes it at that moment', async () => {
    upstream = await startCalls(({ socket, request }) => {
      if (request === 1) {
        socket.write(HELLO);
      } else {
        socket.destroy();
      }
    });
    await responseTo(pool, upstream.url);
    const { connection, response } = ask(pool, upstream.url);
    expect(await codeOf(response)).toBe('ECONNRESET');
    expect(connection.isReused).toBe(true);
  });
});

describe('a caller that hangs up', () => {
  it.each<[string, string]>([
    ['before the head', ''],
    ['in the head', 'HTTP/1.1 200 O'],
  ])('%s, hears nothing more, and the other end is told', async (_name, text) => {
    await responding(text);
    const told: string[] = [];
    const connection = pool.send(
      { url: upstream.url, head: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', body: [] },
      { onResponse: () => told.push('response'), onError: () => told.push('error') },
    );
    await until(() => upstream.sockets.length > 0);
    connection.close();
    await until(() => upstream.sockets[0]?.closed === true);
    expect(told).toEqual([]);
  });

  it('before there is a connection, gets nothing', async () => {
    await responding(HELLO);
    const told: string[] = [];
    pool
      .send(
        { url: upstream.url, head: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', body: [] },
        { onResponse: () => told.push('response'), onError: () => told.push('error') },
      )
      .close();
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text: 'hello' });
    expect(told).toEqual([]);
  });

  it.each([false, true])(
    'between head and body (early bytes: %j), or in the body',
    async (isEarly) => {
      await responding(`${OK}Content-Length: 50\r\n\r\n${isEarly ? 'hello' : ''}`);
      const unread = await ask(pool, upstream.url).response;
      unread.body.destroy();
      await until(() => upstream.sockets[0]?.closed === true);

      const { body } = await ask(pool, upstream.url).response;
      const told: string[] = [];
      body.read(newSlabs(), {
        onBody: () => undefined,
        onEnd: () => told.push('end'),
        onError: () => told.push('error'),
      });
      body.destroy();
      await until(() => upstream.sockets[1]?.closed === true);
      expect(told).toEqual([]);
    },
  );

  it('at the end of the body, leaves the connection to the next', async () => {
    await responding(HELLO);
    const { body } = await ask(pool, upstream.url).response;
    await bytesOf(body);
    const next = ask(pool, upstream.url);
    body.destroy();
    expect(await bytesOf((await next.response).body)).toEqual(Buffer.from('hello'));
    expect(next.connection.isReused).toBe(true);
  });
});

it('reads on for a request that is sent the very moment the one before has ended', async () => {
  await responding(`${OK}Content-Length: 5\r\n\r\n`, 'hello');
  const { body } = await ask(pool, upstream.url).response;
  const next = await new Promise<ReturnType<typeof ask>>((resolve, reject) => {
    body.read(newSlabs(), {
      onBody: () => undefined,
      onEnd: () => {
        resolve(ask(pool, upstream.url));
      },
      onError: reject,
    });
  });
  expect(await bytesOf((await next.response).body)).toEqual(Buffer.from('hello'));
  expect(upstream.sockets).toHaveLength(1);
});

it('does not wait to send, and looks whether the other end is still there', async () => {
  await responding(HELLO);
  let socket: Socket | undefined;
  const asked: string[] = [];
  const connection = new UpstreamConnection(
    (onread: OnReadOpts) => {
      socket = connect({ host: '127.0.0.1', port: Number(upstream.url.port), onread });
      jest.spyOn(socket, 'setNoDelay').mockImplementation((isOn) => {
        asked.push(`no delay: ${isOn ?? true}`);
        return socket as Socket;
      });
      jest.spyOn(socket, 'setKeepAlive').mockImplementation((isOn, delayMs) => {
        asked.push(`keep alive: ${isOn} ${delayMs}`);
        return socket as Socket;
      });
      return Promise.resolve(socket);
    },
    new ReadBudget(),
    () => undefined,
    () => undefined,
  );
  await nextTurn();
  connection.close();
  expect(asked.sort()).toEqual(['keep alive: true 30000', 'no delay: true']);
});
