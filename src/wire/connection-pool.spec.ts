import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { LOCALHOST_CERTIFICATE } from '../../test/localhost-certificate';
import { startFullListener } from '../../test/full-listener';
import { startCalls, startConnections, type RawUpstream } from '../../test/raw-upstream';
import { until } from '../../test/until';
import { responseTo, ask, bytesOf, codeOf } from '../../test/wire-client';
import { ConnectionPool } from './connection-pool';

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

const opened: RawUpstream[] = [];

function opening(upstream: RawUpstream): RawUpstream {
  opened.push(upstream);
  return upstream;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()));
});

describe('connections', () => {
  it('two parallel requests have one each, and the next one reuses the last used', async () => {
    const waiting: Socket[] = [];
    const upstream = opening(
      await startCalls(({ socket, connection }) => {
        const number = String(connection);
        waiting.push(socket);
        socket.once('go', () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${number.length}\r\n\r\n${number}`);
        });
        if (waiting.length > 2) {
          socket.emit('go');
        }
      }),
    );
    const pool = new ConnectionPool();
    const both = [responseTo(pool, upstream.url), responseTo(pool, upstream.url)];
    await until(() => waiting.length >= 2);
    const [first, second] = upstream.sockets;
    for (const socket of [second, first]) {
      socket?.emit('go');
      await pause(10);
    }
    expect((await Promise.all(both)).map((response) => response.text).sort()).toEqual(['1', '2']);
    for (let request = 0; request < 3; request += 1) {
      expect(await responseTo(pool, upstream.url)).toMatchObject({ text: '1', isReused: true });
    }
    expect(upstream.sockets).toHaveLength(2);
  });

  it('of one origin are nothing to another', async () => {
    const pool = new ConnectionPool();
    for (const name of ['one', 'two']) {
      const upstream = opening(
        await startCalls(({ socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${name}`);
        }),
      );
      expect(await responseTo(pool, upstream.url)).toMatchObject({ text: name, isReused: false });
    }
  });

  it('go to an address of IPv6', async () => {
    const upstream = await startCalls(({ socket }) => socket.write(HELLO), { host: '::1' }).catch(
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    if (typeof upstream !== 'object') {
      // A machine without IPv6 has nothing to connect to.
      expect(['EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(upstream);
      return;
    }
    opening(upstream);
    expect(await responseTo(new ConnectionPool(), upstream.url)).toMatchObject({ text: 'hello' });
  });

  it('that are refused have an error code of their own', async () => {
    const upstream = await startConnections(() => undefined);
    await upstream.close();
    expect(await codeOf(ask(new ConnectionPool(), upstream.url).response)).toBe('ECONNREFUSED');
  });

  it('to an unknown host name have an error code of their own', async () => {
    const { response } = ask(new ConnectionPool(), new URL('http://no-such-host.invalid/'));
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(await codeOf(response));
  });

  it('carry 20 MB in a thousand slices to a slow reader', async () => {
    const slices = Array.from({ length: 1000 }, () => randomBytes(20_000));
    const hash = createHash('sha256');
    let received = 0;
    const upstream = opening(
      await startConnections((socket) => {
        let head = Buffer.alloc(0);
        let isBody = false;
        socket.on('data', (bytes: Buffer) => {
          let body = bytes;
          if (!isBody) {
            head = Buffer.concat([head, bytes]);
            const end = head.indexOf('\r\n\r\n');
            isBody = end !== -1;
            body = isBody ? head.subarray(end + 4) : Buffer.alloc(0);
          }
          hash.update(body);
          received += body.length;
          if (received === 20_000_000) {
            socket.write(HELLO);
          } else if (received % 7 === 0) {
            socket.pause();
            setTimeout(() => socket.resume(), 2);
          }
        });
      }),
    );
    expect(await responseTo(new ConnectionPool(), upstream.url, slices)).toMatchObject({
      text: 'hello',
    });
    expect(hash.digest('hex')).toBe(
      createHash('sha256').update(Buffer.concat(slices)).digest('hex'),
    );
  });
});

describe('a new connection that takes too long', () => {
  const options = { ca: LOCALHOST_CERTIFICATE, connectTimeoutMs: 150 };

  it('to connect is given up', async () => {
    const { url, close } = await startFullListener();
    const { response } = ask(new ConnectionPool(options), url);
    try {
      expect(await codeOf(response)).toBe('CONNECT_TIMEOUT');
    } finally {
      await close();
    }
  });

  it.each([
    ['to connect', false],
    ['to agree on TLS', true],
  ])('%s is not given up if this process caused the delay', async (_name, secure) => {
    const upstream = opening(await startCalls(({ socket }) => socket.write(HELLO), { secure }));
    // Long enough for a handshake on a busy machine, a tenth of it as well.
    const response = responseTo(
      new ConnectionPool({ ...options, connectTimeoutMs: 3000 }),
      upstream.url,
    );
    const heldUntil = performance.now() + 3500;
    while (performance.now() < heldUntil) {
      // Holds the loop.
    }
    expect(await response).toMatchObject({ text: 'hello' });
  });

  it('to complete TLS is given up, without having sent anything of the request', async () => {
    const received: Buffer[] = [];
    const upstream = opening(
      await startConnections((socket) =>
        socket.on('data', (bytes: Buffer) => received.push(bytes)),
      ),
    );
    const { response } = ask(
      new ConnectionPool(options),
      new URL(`https://localhost:${upstream.url.port}/secret`),
      [Buffer.from('secret')],
    );
    expect(await codeOf(response)).toBe('CONNECT_TIMEOUT');
    const [socket] = upstream.sockets;
    await until(() => socket?.closed === true);
    expect(Buffer.concat(received).toString('latin1')).not.toContain('secret');
  });

  it('is closed with its request if that has not been sent', async () => {
    const { url, close } = await startFullListener();
    const told: string[] = [];
    const pool = new ConnectionPool(options);
    const connection = pool.send(
      { url, head: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', body: [] },
      { onResponse: () => told.push('response'), onError: () => told.push('error') },
    );
    connection.close();
    await pause(200);
    await close();
    expect(told).toEqual([]);
  });

  it.each([false, true])('to respond is waited for (TLS: %j)', async (secure) => {
    const upstream = opening(
      await startCalls(
        ({ socket }) => {
          setTimeout(() => socket.write(HELLO), 300);
        },
        { secure },
      ),
    );
    const pool = new ConnectionPool(options);
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text: 'hello' });
    expect(await responseTo(pool, upstream.url)).toMatchObject({ text: 'hello', isReused: true });
  });
});

describe('TLS', () => {
  const body = randomBytes(5_000_000);

  function pieces(bytes: Buffer): Buffer[] {
    const cuts: Buffer[] = [];
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 70_001) {
      cuts.push(bytes.subarray(at, at + size));
    }
    return cuts;
  }

  it('brings a body byte for byte, on a connection that is used again', async () => {
    const upstream = opening(
      await startCalls(
        ({ socket, request }) => {
          if (request % 2 === 0) {
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
            pieces(body).forEach((piece) => socket.write(piece));
            return;
          }
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
          for (const piece of pieces(body)) {
            socket.write(`${piece.length.toString(16)}\r\n`);
            socket.write(piece);
            socket.write('\r\n');
          }
          socket.write('0\r\n\r\n');
        },
        { secure: true },
      ),
    );
    const pool = new ConnectionPool({ ca: LOCALHOST_CERTIFICATE });
    for (let request = 0; request < 4; request += 1) {
      const { connection, response } = ask(pool, upstream.url);
      expect((await bytesOf((await response).body)).equals(body)).toBe(true);
      expect(connection.isReused).toBe(request > 0);
      await nextTurn();
    }
    expect(upstream.sockets).toHaveLength(1);
  });

  it.each([0, 5])(
    'delivers what arrived with the head, to a reader %i ms later',
    async (waitMs) => {
      const upstream = opening(
        await startCalls(
          ({ socket }) => {
            socket.write('HTTP/1.1 200 OK\r\n\r\nfirst,');
            socket.write('second,');
            socket.end('last');
          },
          { secure: true },
        ),
      );
      const { response } = ask(new ConnectionPool({ ca: LOCALHOST_CERTIFICATE }), upstream.url);
      const { body: unread } = await response;
      await pause(waitMs);
      expect((await bytesOf(unread)).toString()).toBe('first,second,last');
    },
  );

  it('sends the server name, and resumes the session on the next connection', async () => {
    const sessions: [string | false | null, boolean][] = [];
    const upstream = opening(
      await startCalls(
        ({ socket }) => {
          const secured = socket as TLSSocket & { readonly servername: string | false | null };
          sessions.push([secured.servername, secured.isSessionReused()]);
          socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
        },
        { secure: true },
      ),
    );
    const pool = new ConnectionPool({ ca: LOCALHOST_CERTIFICATE });
    await responseTo(pool, upstream.url);
    await responseTo(pool, upstream.url);
    expect(sessions).toEqual([
      ['localhost', false],
      ['localhost', true],
    ]);
  });

  it.each<[string, string | undefined, string, string]>([
    ['another name', LOCALHOST_CERTIFICATE, '127.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['nobody who is known', undefined, 'localhost', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('sends nothing to who has a certificate of %s', async (_name, ca, hostname, code) => {
    const received: Buffer[] = [];
    const upstream = opening(
      await startConnections(
        (socket) => socket.on('data', (bytes: Buffer) => received.push(bytes)),
        {
          secure: true,
        },
      ),
    );
    const url = new URL(upstream.url);
    url.hostname = hostname;
    url.pathname = '/secret-path';
    const error = await ask(new ConnectionPool(ca === undefined ? {} : { ca }), url, [
      Buffer.from('secret'),
    ]).response.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('secret');
    await pause(20);
    expect(Buffer.concat(received)).toHaveLength(0);
  });

  it('that breaks off in the handshake is a reset', async () => {
    const upstream = opening(await startConnections((socket) => socket.destroy()));
    const url = new URL(`https://localhost:${upstream.url.port}/`);
    expect(await codeOf(ask(new ConnectionPool(), url).response)).toBe('ECONNRESET');
  });

  it('with a server that does not support TLS fails', async () => {
    const upstream = opening(await startConnections((socket) => socket.end(HELLO)));
    const url = new URL(`https://localhost:${upstream.url.port}/`);
    expect(await codeOf(ask(new ConnectionPool(), url).response)).toMatch(/^(ERR_SSL_|EPROTO)/);
  });
});

/** What a program of its own does with a pool, compiled as the tests are. */
const PROGRAM = `
  const { readFileSync } = require('node:fs');
  const { transpileModule } = require('typescript');
  const compilerOptions = { module: 'commonjs', target: 'es2022', esModuleInterop: true };
  require.extensions['.ts'] = (module, file) => {
    const { outputText } = transpileModule(readFileSync(file, 'utf8'), { compilerOptions });
    module._compile(outputText, file);
  };
  const { ConnectionPool } = require('./src/wire/connection-pool.ts');
  const { responseTo } = require('./test/wire-client.ts');
  responseTo(new ConnectionPool(), new URL(process.argv[1])).then(({ text }) => console.log(text));
`;

it.each([false, true])(
  'an idle connection keeps no process alive, with extra CAs (TLS: %j)',
  async (secure) => {
    const upstream = opening(await startCalls(({ socket }) => socket.write(HELLO), { secure }));
    const directory = await mkdtemp(join(tmpdir(), 'easel-'));
    const certificate = join(directory, 'localhost.pem');
    await writeFile(certificate, LOCALHOST_CERTIFICATE);
    const program = spawn(process.execPath, ['-e', PROGRAM, upstream.url.href], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const ended = once(program, 'exit');
      expect(await text(program.stdout)).toBe('hello\n');
      expect(await ended).toEqual([0, null]);
    } finally {
      program.kill();
      await rm(directory, { recursive: true });
    }
  },
);
