import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDownloadUrl } from './download-url';
import { DownloadError, ImageDownload, type DownloadRules } from './image-download';

/** Listens on every address of this machine, IPv6 where there is any, and must never be reached. */
let trap: http.Server;
let port: number;
let reached: (string | undefined)[] = [];

beforeAll(async () => {
  trap = http.createServer((request, response) => {
    reached.push(request.headers.host);
    response.end('a secret');
  });
  trap.on('connection', () => reached.push('connection'));
  await new Promise<void>((resolve, reject) => {
    // Where there is no IPv6, IPv4 alone has to do.
    trap.once('error', () => trap.listen(0, '0.0.0.0'));
    trap.once('listening', resolve);
    trap.once('close', reject);
    trap.listen(0, '::');
  });
  port = (trap.address() as AddressInfo).port;
});

beforeEach(() => {
  reached = [];
});

afterAll(async () => {
  trap.closeAllConnections();
  await new Promise((resolve) => trap.close(resolve));
});

const LOOPBACK_NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'rebind.example': ['127.0.0.1'],
  'six.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'mapped-hex.example': ['::ffff:7f00:1'],
  'any.example': ['0.0.0.0'],
  'any-six.example': ['::'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
};

function resolve(name: string): Promise<readonly string[]> {
  return Promise.resolve(LOOPBACK_NAMES[name] ?? []);
}

/** What became of a URL, as a client sent it: the way every one of them goes. */
async function outcome(text: string, rules: Partial<DownloadRules> = {}): Promise<string> {
  const parsed = parseDownloadUrl(text);
  if (!parsed.ok) {
    return 'refused';
  }
  try {
    const { signal } = new AbortController();
    await new ImageDownload({ resolve, ...rules }).fetch(parsed.url, { signal });
    return 'fetched';
  } catch (error) {
    return error instanceof DownloadError ? error.fault : String(error);
  }
}

/** `PORT` stands for the trap's. */
const LITERALS = [
  'http://127.0.0.1:PORT/',
  'HTTP://127.0.0.1:PORT/',
  ' \thttp://127.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'http:127.0.0.1:PORT/',
  'http:////127.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7F.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://0177.0x0.0.01:PORT/',
  'http://017700000001:PORT/',
  'http://127.0.0.1%2f:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://１２７.０.０.１:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127.0.\n0.1:PORT/',
  'http://127.0.0.\u00ad1:PORT/',
  'http://@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT#@example.com/',
  'http://127.0.0.1:PORT?@example.com/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://127.8.9.10:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://0x0:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[0000::0001]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::FFFF:0:0]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
] as const;

const NAMES = Object.keys(LOOPBACK_NAMES);

const REFUSED_URLS = [
  'http://user:password@127.0.0.1:PORT/',
  'http://example.com@127.0.0.1:PORT/',
  'http://example.com:80@127.0.0.1:PORT/',
  'http://example.com%40@127.0.0.1:PORT/',
  'http://[::1%25lo]:PORT/',
  'http://127.0.0.1:80:PORT/',
  'http://127.0.0.256:PORT/',
  '//127.0.0.1:PORT/',
  '127.0.0.1:PORT/',
  'ftp://127.0.0.1:PORT/',
  'file://127.0.0.1/etc/passwd',
  'unix:/var/run/docker.sock',
  'jar:http://127.0.0.1:PORT/!/',
  'url:http://127.0.0.1:PORT/',
];

const withPort = (text: string): string => text.replaceAll('PORT', String(port));

describe('a URL that leads to this machine', () => {
  it.each(LITERALS)('%j is refused', async (text) => {
    expect(['not_public', 'refused']).toContain(await outcome(withPort(text)));
    expect(reached).toEqual([]);
  });

  it.each(NAMES)('the name %s is refused', async (name) => {
    // Whoever writes `localhost` is told so: it is no name that only we could have looked up.
    const fault = name.startsWith('localhost') ? 'not_public' : 'blocked';
    expect(await outcome(`http://${name}:${port}/`)).toBe(fault);
    expect(await outcome(`https://${name.toUpperCase()}:${port}/`)).toBe(fault);
    expect(reached).toEqual([]);
  });

  it.each(REFUSED_URLS)('%j is refused at first sight', async (text) => {
    expect(await outcome(withPort(text))).toBe('refused');
    expect(reached).toEqual([]);
  });

  it('would be reached without the guard', async () => {
    const open = { isAllowed: () => true };
    const outcomes = await Promise.all(
      LITERALS.map(async (text) => [text, await outcome(withPort(text), open)] as const),
    );
    const through = outcomes.filter(([, result]) => result === 'fetched').map(([text]) => text);
    expect(through).toContain('http://127.0.0.1:PORT/');
    expect(through).toContain('http://2130706433:PORT/');
    expect(through).toContain('http://１２７.０.０.１:PORT/');
    expect(through.length).toBeGreaterThan(20);
    expect(await outcome(`http://rebind.example:${port}/`, open)).toBe('fetched');
  });
});

describe('a name with several addresses', () => {
  it('is taken by none but those that may be reached', async () => {
    const asked: string[] = [];
    const rules: Partial<DownloadRules> = {
      // The public ones lead nowhere from here: that it fails shows that loopback was not tried.
      resolve: () => Promise.resolve(['127.0.0.1', '::1', '192.0.2.1']),
      isAllowed: (address) => asked.push(address) > 2,
      timeoutMs: 500,
    };
    expect(['unreachable', 'timed_out']).toContain(
      await outcome(`http://mixed.example:${port}/`, rules),
    );
    expect(asked).toEqual(['127.0.0.1', '::1', '192.0.2.1']);
    expect(reached).toEqual([]);
  });

  it('is resolved once, so that a second DNS response has no effect', async () => {
    const responses = [['192.0.2.1'], ['127.0.0.1'], ['127.0.0.1']];
    let questions = 0;
    const rules: Partial<DownloadRules> = {
      resolve: () => {
        questions += 1;
        return Promise.resolve(responses.shift() ?? []);
      },
      isAllowed: (address) => address === '192.0.2.1',
      timeoutMs: 500,
    };
    expect(['unreachable', 'timed_out']).toContain(
      await outcome(`http://rebind.example:${port}/`, rules),
    );
    expect(questions).toBe(1);
    expect(reached).toEqual([]);
  });

  it('is not taken when it has none', async () => {
    expect(await outcome(`http://nowhere.example:${port}/`)).toBe('unresolvable');
  });
});

describe('a redirect to this machine', () => {
  let redirector: http.Server;
  let location = '';
  let base: string;

  beforeAll(async () => {
    redirector = http.createServer((_request, response) => {
      response.writeHead(302, { location }).end();
    });
    await new Promise<void>((resolve) => redirector.listen(0, '127.0.0.1', resolve));
    base = `http://outside.example:${(redirector.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    redirector.closeAllConnections();
    await new Promise((resolve) => redirector.close(resolve));
  });

  it.each([
    'http://127.0.0.2:PORT/',
    'http://2130706434:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:7f00:2]:PORT/',
    'http://inside.example:PORT/',
    '//inside.example:PORT/',
    'http:\\\\127.0.0.2:PORT/',
    'http://user@127.0.0.2:PORT/',
    'ftp://127.0.0.2:PORT/',
  ])('%s is not followed', async (target) => {
    location = withPort(target);
    let questions = 0;
    const result = await outcome(base, {
      // Only the first host passes, as a public one would; it is at 127.0.0.1 here.
      isAllowed: (address) => address === '127.0.0.1' && questions === 1,
      resolve: () => {
        questions += 1;
        return Promise.resolve(['127.0.0.1']);
      },
    });
    expect(['not_public', 'blocked', 'bad_redirect']).toContain(result);
    expect(reached).toEqual([]);
  });
});
