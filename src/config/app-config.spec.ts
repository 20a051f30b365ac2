import { ConfigError, loadConfig, type AppConfig } from './app-config';

function load(environment: Record<string, string>, files: Record<string, string> = {}): AppConfig {
  return loadConfig({
    environment,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) {
        throw new Error(`no such file: ${path}`);
      }
      return content;
    },
    isKnownModel: (id) => id.startsWith('gemini-'),
    consumerFaults: ({ consumersFile }) =>
      consumersFile === '/bad.yaml' ? ['the consumers are bad'] : [],
    accountFaults: ({ file }) => (file === '/bad.yaml' ? ['the accounts are bad'] : []),
  });
}

function faultsOf(environment: Record<string, string>, files: Record<string, string> = {}) {
  try {
    load(environment, files);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing at all', () => {
    expect(load({})).toEqual({
      server: {
        host: '127.0.0.1',
        port: 8045,
        maxBodyMegabytes: 100,
        corsOrigins: '*',
        access: { allowedHosts: [], publicUrl: undefined, trustedProxies: [] },
        shutdownDelayMs: 0,
        warmUp: 'auto',
        accountHeader: 'email',
      },
      auth: { mode: 'off', keys: [], consumersFile: undefined },
      accounts: {
        file: undefined,
        geminiApiKeys: [],
        areChecked: true,
        scheduling: 'balanced',
        maxInflightImages: 64,
        maxWaitingImages: 256,
        // A killed replica's places are promised to be free within 30 s.
        redisLeaseMs: 29_500,
      },
      hosting: {
        store: undefined,
        maxBytes: 10_000_000_000,
        urlTtlSeconds: 3600,
        retentionSeconds: 86_400,
        signingKeys: [],
        dataFolder: './data',
      },
      idempotency: {
        ttlSeconds: 86_400,
        cacheBytes: 256 * 1024 * 1024,
        abandonedTtlSeconds: 600,
        maxAbandonedImages: 16,
      },
      memory: { maxInflightBytes: 1024 * 1024 * 1024, poisonsSlabs: false },
      chat: { images: 'auto', handlesTasksLocally: true },
      console: { isOn: true },
      images: {
        defaultModel: 'gemini-3-pro-image',
        maxImagesPerRequest: 10,
        attemptTimeoutMs: 300_000,
        requestDeadlineMs: 600_000,
        maxAttemptsPerImage: 4,
        qualityAliases: new Map(),
        defaultOutputFormat: 'upstream',
        listsModelAliases: true,
        fetchUrls: true,
        defaultResponseFormat: 'b64_json',
        // A stream is never silent for 15 s.
        streamKeepAliveMs: 14_000,
      },
      upstream: {
        connectTimeoutMs: 10_000,
        proxies: { https: undefined, http: undefined, except: [] },
      },
      emulator: { latencyMs: 0, drawing: 'pictures' },
      ledger: { database: { kind: 'sqlite', folder: './data' }, retentionDays: 400 },
      costs: { areShown: true },
      metrics: { maxConsumers: 100, namesAccounts: true },
      tracing: {
        exporters: [],
        endpoint: new URL('http://localhost:4318'),
        continuesTraces: true,
        fromFiles: {},
        warnings: [],
      },
      log: { level: 'info', format: undefined, levelFormat: 'number' },
    });
  });

  it.each<[string, Record<string, string>, (config: AppConfig) => unknown, unknown]>([
    ['a number', { PORT: '9000' }, (c) => c.server.port, 9000],
    ['port 0', { PORT: '0' }, (c) => c.server.port, 0],
    ['an empty value counts as unset', { PORT: '', LOG_FORMAT: '' }, (c) => c.server.port, 8045],
    ['any origin', { CORS_ORIGINS: 'https://a.example,*' }, (c) => c.server.corsOrigins, '*'],
    [
      'a key switches the default mode on',
      { PROXY_API_KEY: 'a, b,' },
      (c) => c.auth,
      { mode: 'all_except_health', keys: ['a', 'b'] },
    ],
    [
      'a proxy, whose scheme goes without saying',
      { HTTPS_PROXY: 'u:p%40@proxy:3128', http_proxy: 'http://other/' },
      ({ upstream: { proxies } }) => [proxies.https?.href, proxies.http?.href],
      ['http://u:p%40@proxy:3128/', 'http://other/'],
    ],
    [
      'a proxy in lower case before one in capitals',
      {
        HTTPS_PROXY: 'http://capitals',
        https_proxy: 'http://lower',
        HTTP_PROXY: 'http://h',
        http_proxy: '',
      },
      ({ upstream: { proxies } }) => [proxies.https?.hostname, proxies.http?.hostname],
      ['lower', 'h'],
    ],
    [
      'what is reached without a proxy',
      { no_proxy: ' a.test,.b.test  c.test:80,, ' },
      (c) => c.upstream.proxies.except,
      ['a.test', '.b.test', 'c.test:80'],
    ],
    [
      'an explicit off wins over a key',
      { PROXY_API_KEY: 'a', PROXY_AUTH_MODE: 'off' },
      (c) => c.auth.mode,
      'off',
    ],
    [
      'quality aliases',
      { QUALITY_ALIASES: 'High=4k, low=1K' },
      (c) => [...c.images.qualityAliases],
      [
        ['high', '4K'],
        ['low', '1K'],
      ],
    ],
    [
      'origins',
      { CORS_ORIGINS: 'https://a.example, https://b.example' },
      (c) => c.server.corsOrigins,
      ['https://a.example', 'https://b.example'],
    ],
    [
      'origins of programs that are pages inside',
      { CORS_ORIGINS: 'app://obsidian.md,chrome-extension://abc' },
      (c) => c.server.corsOrigins,
      ['app://obsidian.md', 'chrome-extension://abc'],
    ],
    [
      'a Redis with a password',
      { REDIS_URL: 'rediss://me:p%23w@redis.example:6380/2' },
      (c) => c.accounts.redisUrl,
      'rediss://me:p%23w@redis.example:6380/2',
    ],
    ['poisoned slabs', { SLAB_POISON: 'on' }, (c) => c.memory.poisonsSlabs, true],
    ['no images by URL', { IMAGE_URL_FETCH: 'off' }, (c) => c.images.fetchUrls, false],
    [
      'real accounts on loopback need no key',
      { GEMINI_API_KEYS: 'k1,k2' },
      (c) => c.accounts.geminiApiKeys,
      ['k1', 'k2'],
    ],
    [
      'real accounts for all the world, meant',
      { GEMINI_API_KEYS: 'k1', HOST: '0.0.0.0', PROXY_AUTH_MODE: 'off' },
      (c) => c.auth.mode,
      'off',
    ],
  ])('takes %s', (_name, environment, pick, expected) => {
    expect(pick(load(environment))).toEqual(expected);
  });

  it('reads any variable from the file that NAME_FILE names', () => {
    const config = load(
      { PROXY_API_KEY_FILE: '/run/secrets/key', PORT_FILE: '/run/port' },
      { '/run/secrets/key': 'secret\n', '/run/port': '81\n' },
    );
    expect(config.auth.keys).toEqual(['secret']);
    expect(config.server.port).toBe(81);
  });

  it('reads OpenTelemetry’s variables from files too', () => {
    const { tracing } = load(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT_FILE: '/run/endpoint',
        OTEL_EXPORTER_OTLP_HEADERS_FILE: '/run/headers',
        OTEL_SERVICE_NAME: 'pictures',
        // Not for Easel: a whole configuration, another program's, and a path to a certificate.
        OTEL_CONFIG_FILE: '/nowhere',
        OTEL_JAVAAGENT_CONFIGURATION_FILE: '/nowhere',
        OTEL_EXPORTER_OTLP_CERTIFICATE_FILE: '/nowhere',
        OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY_FILE: '/nowhere',
      },
      { '/run/endpoint': 'http://collector:4318\n', '/run/headers': 'x-key=secret\n' },
    );
    expect(tracing.exporters).toEqual(['otlp']);
    expect(tracing.endpoint.href).toBe('http://collector:4318/');
    expect(tracing.fromFiles).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a Redis URL with a bare #',
      { REDIS_URL: 'redis://me:s3#cret@host' },
      /^REDIS_URL is not a URL/m,
    ],
    [
      'a Redis URL with a stray %',
      { REDIS_URL: 'redis://me:s3%cret@host' },
      /^REDIS_URL is not a URL/m,
    ],
    ['a Redis port out of range', { REDIS_URL: 'redis://host:99999' }, /^REDIS_URL is not a URL/m],
    ['a port that is no number', { PORT: 'abc' }, /^PORT must be an integer/],
    ['a negative number', { MAX_BODY_MB: '-1' }, /^MAX_BODY_MB must be an integer/],
    ['a number too big', { PORT: '65536' }, /^PORT must be an integer/],
    ['an unknown mode', { PROXY_AUTH_MODE: 'on' }, /^PROXY_AUTH_MODE must be one of off/],
    ['a mode without its key', { PROXY_AUTH_MODE: 'strict' }, /^PROXY_API_KEY must hold a key/],
    [
      'a mode with nothing but separators for keys',
      { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: ' , ' },
      /^PROXY_API_KEY holds no key/,
    ],
    [
      'keys that hold none, whatever the mode',
      { PROXY_API_KEY: ',' },
      /^PROXY_API_KEY holds no key/,
    ],
    ['keys that are only blanks', { PROXY_API_KEY: '  ' }, /^PROXY_API_KEY holds no key/],
    ['a host of blanks', { HOST: ' ' }, /^HOST must be an address/],
    ['origins of blanks', { CORS_ORIGINS: ' ' }, /^CORS_ORIGINS must be/],
    ['a port of blanks', { PORT: ' ' }, /^PORT must be an integer/],
    [
      'the same key twice',
      { GEMINI_API_KEYS: 'j,k,k' },
      /^GEMINI_API_KEYS: key-3@gemini is the same key as key-2@gemini$/,
    ],
    [
      'a key of other letters',
      { GEMINI_API_KEYS: 'k,clé' },
      /^GEMINI_API_KEYS: key-2@gemini contains characters that are not allowed in an API key$/,
    ],
    [
      'the keys of an example',
      { GEMINI_API_KEYS: 'k,your-key' },
      /^GEMINI_API_KEYS: key-2@gemini is the placeholder of an example/,
    ],
    [
      'a key of a list that still has its quotes',
      { GEMINI_API_KEYS: 'k,"secret"' },
      /^GEMINI_API_KEYS: key-2@gemini is in quotes, which would become part of it: remove them$/,
    ],
    [
      'a client’s key of a list that still has its quotes',
      { PROXY_API_KEY: "sk-a, 'sk-b'" },
      /^PROXY_API_KEY holds a key that is in quotes, which would become part of it: remove them$/,
    ],
    ['an origin with a path', { CORS_ORIGINS: 'https://a.example/x' }, /^CORS_ORIGINS: "https:/],
    ['the origin of pages without one', { CORS_ORIGINS: 'null' }, /^CORS_ORIGINS: "null" is no/],
    ['a file for an origin', { CORS_ORIGINS: 'file:///' }, /^CORS_ORIGINS: "file:\/\/\/" is no/],
    ['an origin that is none', { CORS_ORIGINS: 'a.example' }, /^CORS_ORIGINS: "a.example" is no/],
    ['bad accounts', { ACCOUNTS_FILE: '/bad.yaml' }, /^the accounts are bad$/],
    [
      'real accounts that the world could reach',
      { GEMINI_API_KEYS: 'k', HOST: '0.0.0.0' },
      /^PROXY_API_KEY is not set/,
    ],
    [
      'an accounts file that the world could reach',
      { ACCOUNTS_FILE: '/a.yaml', HOST: '::' },
      /^PROXY_API_KEY is not set/,
    ],
    ['keys that hold no key', { GEMINI_API_KEYS: ',' }, /^GEMINI_API_KEYS holds no key/],
    ['an unknown model', { DEFAULT_MODEL: 'dall-e-9' }, /^DEFAULT_MODEL "dall-e-9"/],
    ['a broken alias list', { QUALITY_ALIASES: 'high:4K' }, /^QUALITY_ALIASES must be a list/],
    ['an alias for hd', { QUALITY_ALIASES: 'HD=1K' }, /^QUALITY_ALIASES cannot change hd/],
    ['an unknown format', { DEFAULT_OUTPUT_FORMAT: 'gif' }, /^DEFAULT_OUTPUT_FORMAT must be/],
    ['neither on nor off', { IMAGE_URL_FETCH: 'false' }, /^IMAGE_URL_FETCH must be one of on, off/],
    ['a file that is not there', { PORT_FILE: '/nowhere' }, /^PORT_FILE cannot be read/],
    [
      'a file of OpenTelemetry that is not there',
      { OTEL_EXPORTER_OTLP_HEADERS_FILE: '/nowhere' },
      /^OTEL_EXPORTER_OTLP_HEADERS_FILE cannot be read/,
    ],
    ['a value and a file', { PORT: '1', PORT_FILE: '/x' }, /^PORT and PORT_FILE are both set/],
  ])('refuses %s', (_name, environment, expected) => {
    expect(faultsOf(environment)).toEqual([expect.stringMatching(expected)]);
  });

  it('lists all faults at once', () => {
    expect(
      faultsOf({ PORT: 'x', PROXY_AUTH_MODE: 'y', DEFAULT_MODEL: 'z', SCHEDULING: 'w' }),
    ).toHaveLength(4);
  });

  it('never shows a secret in a fault', () => {
    const text = faultsOf({ PROXY_API_KEY: 'sk-very-secret', PROXY_AUTH_MODE: 'maybe' }).join();
    expect(text).not.toContain('sk-very-secret');
  });
});

it.each([
  'https://jo:secret@proxy:3128',
  'socks5://jo:secret@proxy',
  'http://jo:secret%@proxy',
  'http://jo:secret@proxy/path',
  'http://jo:secret@proxy?x',
  'http://jo:sec/secret@proxy',
  'http://',
])('rejects the proxy %s without showing its password', (proxy) => {
  const faults = faultsOf({ HTTPS_PROXY: proxy });
  expect(faults).toEqual([expect.stringMatching(/^HTTPS_PROXY must be like http:/)]);
  expect(faults.join()).not.toContain('secret');
});
