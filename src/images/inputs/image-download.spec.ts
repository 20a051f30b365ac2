import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { DownloadError, ImageDownload, type DownloadRules } from './image-download';

const BODY = Buffer.from('an image, for all that the download cares');

/** Loopback is allowed here, and nothing else: production's own rule is tested in ssrf.spec.ts. */
const RULES: Partial<DownloadRules> = {
  isAllowed: (address) => address === '127.0.0.1',
  resolve: () => Promise.resolve(['127.0.0.1']),
};

const servers: (http.Server | net.Server)[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server) {
      server.closeAllConnections();
    }
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: http.Server | net.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The URL of a server that responds as it is told. */
async function serve(response: http.RequestListener): Promise<URL> {
  return new URL(`http://127.0.0.1:${await listen(http.createServer(response))}/`);
}

/** The URL of a server that sends bytes which no HTTP library would write. */
async function serveRaw(response: (socket: net.Socket) => void): Promise<URL> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      response(socket);
    });
  });
  return new URL(`http://127.0.0.1:${await listen(server)}/`);
}

function fetched(
  url: URL,
  rules: Partial<DownloadRules> = {},
  signal = new AbortController().signal,
): ReturnType<ImageDownload['fetch']> {
  return new ImageDownload({ ...RULES, ...rules }).fetch(url, { signal });
}

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => 'none',
    (thrown: unknown) => thrown,
  );
  return error instanceof DownloadError ? error.fault : error;
}

describe('a download', () => {
  it('brings the bytes and the declared type', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'image/png');
      response.write(BODY.subarray(0, 10));
      response.end(BODY.subarray(10));
    });
    const { bytes, declaredType } = await fetched(url);
    expect(Buffer.concat(bytes)).toEqual(BODY);
    expect(declaredType).toBe('image/png');
  });

  it('sends only the headers that are needed, and no client data', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers);
      response.end(BODY);
    });
    await fetched(new URL('/a%20b.png?x=1&y=%2F#z', url));
    expect(seen).toEqual([
      'GET',
      '/a%20b.png?x=1&y=%2F',
      {
        host: url.host,
        'user-agent': 'easel',
        accept: 'image/png, image/jpeg, image/webp',
        'accept-encoding': 'identity',
        connection: 'close',
      },
    ]);
  });

  it('sends the host of the URL, and connects to the resolved address', async () => {
    const hosts: (string | undefined)[] = [];
    const { port } = await serve((request, response) => {
      hosts.push(request.headers.host);
      response.end(BODY);
    });
    const names: string[] = [];
    const resolve = (name: string): Promise<readonly string[]> => {
      names.push(name);
      return Promise.resolve(['127.0.0.1']);
    };
    await fetched(new URL(`http://Images.Example:${port}/`), { resolve });
    expect(hosts).toEqual([`images.example:${port}`]);
    expect(names).toEqual(['images.example']);
  });

  it('ignores a proxy in the environment', async () => {
    const url = await serve((_request, response) => response.end(BODY));
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    try {
      for (const name of names) {
        process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9/';
      }
      expect(Buffer.concat((await fetched(url)).bytes)).toEqual(BODY);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) {
          Reflect.deleteProperty(process.env, name);
        } else {
          process.env[name] = value;
        }
      }
    }
  });

  it.each([
    'image/png',
    'IMAGE/JPEG',
    'application/octet-stream',
    'binary/octet-stream',
    undefined,
  ])('is accepted with the content type %s', async (type) => {
    const url = await serve((_request, response) => {
      if (type !== undefined) {
        response.setHeader('content-type', type);
      }
      response.end(BODY);
    });
    expect((await fetched(url)).declaredType).toBe(type);
  });

  it.each(['text/plain', 'text/html; charset=utf-8', 'application/json', ''])(
    'is accepted if the bytes are an image and the content type is %j',
    async (type) => {
      const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(2000)]);
      const url = await serve((_request, response) => {
        response.setHeader('content-type', type);
        response.write(png.subarray(0, 3));
        setTimeout(() => response.end(png.subarray(3)), 20);
      });
      expect(Buffer.concat((await fetched(url)).bytes)).toEqual(png);
    },
  );

  it('is not read further if neither the bytes nor the content type are an image', async () => {
    let left: Promise<unknown> | undefined;
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'text/html');
      // Never ends.
      response.write(`<!doctype html>${' '.repeat(1000)}`);
      left = once(response, 'close');
    });
    expect(await faultOf(fetched(url))).toBe('not_an_image');
    await left;
  });

  it('joins a body that arrives byte by byte into few pieces', async () => {
    const url = await serveRaw((socket) => {
      const chunks = Array.from({ length: 5000 }, () => '1\r\nx\r\n').join('');
      socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    });
    const { bytes } = await fetched(url);
    expect(Buffer.concat(bytes).toString()).toBe('x'.repeat(5000));
    expect(bytes.length).toBeLessThan(10);
  });
});

describe('a redirect', () => {
  const hop = (status: number, location: string): http.RequestListener => {
    return (request, response) => {
      const left = Number((request.url ?? '/').slice(1));
      if (left > 0) {
        response.writeHead(status, { location: location.replace('N', String(left - 1)) });
        response.end('moved');
      } else {
        response.end(BODY);
      }
    };
  };

  it.each([301, 302, 303, 307, 308])('by %i is followed three times', async (status) => {
    const url = await serve(hop(status, '/N'));
    expect(Buffer.concat((await fetched(new URL('/3', url))).bytes)).toEqual(BODY);
  });

  it.each([
    ['a fourth time', '/4', '/N'],
    ['to another scheme', '/1', 'file:///etc/passwd'],
    ['to a URL with a user name', '/1', 'http://user@127.0.0.1/N'],
    ['to a port for mail', '/1', 'http://127.0.0.1:25/'],
    ['to nothing that is a URL', '/1', 'http://'],
  ])('is not followed %s', async (_name, path, location) => {
    const url = await serve(hop(302, location));
    expect(await faultOf(fetched(new URL(path, url)))).toBe('bad_redirect');
  });

  it('without a Location is not followed', async () => {
    const url = await serve((_request, response) => response.writeHead(302).end());
    expect(await faultOf(fetched(url))).toBe('bad_redirect');
  });
});

describe('a response of no use', () => {
  it.each<[string, http.RequestListener, string]>([
    ['404', (_, response) => response.writeHead(404).end(BODY), 'bad_status'],
    ['500', (_, response) => response.writeHead(500).end(BODY), 'bad_status'],
    ['204', (_, response) => response.writeHead(204).end(), 'bad_status'],
    ['206', (_, response) => response.writeHead(206).end(BODY), 'bad_status'],
    ['304', (_, response) => response.writeHead(304).end(), 'bad_status'],
    ['HTML', (_, r) => r.setHeader('content-type', 'text/html').end(BODY), 'not_an_image'],
    ['JSON', (_, r) => r.setHeader('content-type', 'application/json').end(BODY), 'not_an_image'],
    ['an empty type', (_, r) => r.setHeader('content-type', '').end(BODY), 'not_an_image'],
    ['nothing as HTML', (_, r) => r.setHeader('content-type', 'text/html').end(), 'not_an_image'],
    ['gzip', (_, r) => r.setHeader('content-encoding', 'gzip').end(BODY), 'encoded'],
    ['brotli', (_, r) => r.setHeader('content-encoding', 'br').end(BODY), 'encoded'],
  ])('%s', async (_name, response, fault) => {
    expect(await faultOf(fetched(await serve(response)))).toBe(fault);
  });

  it.each<[string, (socket: net.Socket) => void]>([
    ['is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['is nothing', (socket) => socket.end()],
    ['is a reset', (socket) => socket.resetAndDestroy()],
    ['ends too soon', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')],
    [
      'ends within a chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'),
    ],
    [
      'has two lengths',
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
    ],
    [
      'is an upgrade',
      (socket) =>
        socket.end('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nabc'),
    ],
    [
      'has endless headers',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`),
    ],
  ])('that %s', async (_name, response) => {
    expect(await faultOf(fetched(await serveRaw(response)))).toBe('unreachable');
  });

  it('is the same as none at all', async () => {
    const { port } = await serve((_request, response) => response.end());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await faultOf(fetched(new URL(`http://127.0.0.1:${port}/`)))).toBe('unreachable');
  });
});

describe('an image that is too large', () => {
  it('is refused when it is announced, before it arrives', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 1001).flushHeaders();
    });
    expect(await faultOf(fetched(url, { maxBytes: 1000 }))).toBe('too_large');
  });

  it('is refused when it arrives unannounced, and the connection is closed', async () => {
    const events = new EventEmitter();
    const closed = once(events, 'closed');
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(500)), 5);
      response.once('close', () => {
        clearInterval(timer);
        events.emit('closed');
      });
    });
    expect(await faultOf(fetched(url, { maxBytes: 5000 }))).toBe('too_large');
    await closed;
  });

  it('is not one of exactly the maximum size', async () => {
    const url = await serve((_request, response) => response.end(BODY));
    const { bytes } = await fetched(url, { maxBytes: BODY.length });
    expect(Buffer.concat(bytes)).toEqual(BODY);
  });

  it('ends when the caller does not admit more bytes', async () => {
    const url = await serve((_request, response) => response.end(BODY));
    const { signal } = new AbortController();
    const told: number[] = [];
    const admit = (bytes: number): boolean => told.push(bytes) < 1;
    const work = new ImageDownload(RULES).fetch(url, { signal, admit });
    expect(await faultOf(work)).toBe('not_admitted');
    expect(told).toEqual([BODY.length]);
  });
});

describe('an image that takes too long', () => {
  const rules = { timeoutMs: 200 };

  it.each<[string, http.RequestListener]>([
    ['never responds', () => undefined],
    ['never ends', (_request, response) => response.write('abc')],
    [
      'trickles',
      (_request, response) => {
        const timer = setInterval(() => response.write('a'), 20);
        response.once('close', () => {
          clearInterval(timer);
        });
      },
    ],
  ])('a server that %s', async (_name, response) => {
    expect(await faultOf(fetched(await serve(response), rules))).toBe('timed_out');
  });

  it('a server that keeps asking for patience', async () => {
    const url = await serveRaw((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
      socket.once('close', () => {
        clearInterval(timer);
      });
    });
    expect(await faultOf(fetched(url, rules))).toBe('timed_out');
  });

  it('a name server that never responds', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    const work = fetched(new URL('http://a.example/'), { ...rules, resolve });
    expect(await faultOf(work)).toBe('timed_out');
  });
});

describe('an aborted signal', () => {
  it.each<[string, http.RequestListener]>([
    ['before the response', () => undefined],
    ['within the body', (_request, response) => response.write('abc')],
  ])('%s ends the download with its reason', async (_name, respond) => {
    const events = new EventEmitter();
    const arrived = once(events, 'arrived');
    const closed = once(events, 'closed');
    const url = await serve((request, response) => {
      response.once('close', () => {
        events.emit('closed');
      });
      respond(request, response);
      events.emit('arrived');
    });
    const controller = new AbortController();
    const work = faultOf(fetched(url, {}, controller.signal));
    await arrived;
    await sleep(20);
    const reason = new Error('gone');
    controller.abort(reason);
    expect(await work).toBe(reason);
    await closed;
  });

  it('before the start makes no connection', async () => {
    let requests = 0;
    const url = await serve(() => (requests += 1));
    const reason = new Error('gone');
    expect(await faultOf(fetched(url, {}, AbortSignal.abort(reason)))).toBe(reason);
    expect(requests).toBe(0);
  });
});

describe('over https', () => {
  it('names the host in the handshake, and needs a certificate', async () => {
    const names: string[] = [];
    const server = tls.createServer({
      SNICallback: (name, callback) => {
        names.push(name);
        callback(null);
      },
    });
    const port = await listen(server);
    expect(await faultOf(fetched(new URL(`https://images.example:${port}/`)))).toBe('unreachable');
    expect(names).toEqual(['images.example']);
  });
});
