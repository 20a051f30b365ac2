import { isDeepStrictEqual } from 'node:util';
import { loadConfig } from './app-config';
import { Env } from './env';

/** For each variable a value that is valid and not its default. */
const OTHER_VALUES: Readonly<Record<keyof Env, string>> = {
  PORT: '9000',
  HOST: '0.0.0.0',
  PROXY_AUTH_MODE: 'strict',
  PROXY_API_KEY: 'f3c1e9a2b7',
  CONSUMERS_FILE: 'consumers.yaml',
  ACCOUNTS_FILE: 'accounts.yaml',
  GEMINI_API_KEYS: 'one,two',
  ACCOUNT_CHECK: 'off',
  DEFAULT_MODEL: 'another-model',
  MAX_IMAGES_PER_REQUEST: '7',
  MAX_BODY_MB: '7',
  UPSTREAM_ATTEMPT_TIMEOUT_MS: '7',
  UPSTREAM_CONNECT_TIMEOUT_MS: '7',
  HTTPS_PROXY: 'http://proxy:3128',
  HTTP_PROXY: 'http://proxy:3128',
  NO_PROXY: 'example.com',
  REQUEST_DEADLINE_MS: '7',
  MAX_ATTEMPTS_PER_IMAGE: '7',
  MAX_INFLIGHT_IMAGES: '7',
  MAX_WAITING_IMAGES: '7',
  MAX_INFLIGHT_MB: '7',
  SLAB_POISON: 'on',
  STREAM_KEEP_ALIVE_MS: '700',
  REDIS_LEASE_MS: '7000',
  SCHEDULING: 'sticky',
  REDIS_URL: 'redis://redis:6379',
  QUALITY_ALIASES: 'high=4K',
  DEFAULT_OUTPUT_FORMAT: 'png',
  IMAGE_URL_FETCH: 'off',
  CHAT_IMAGES: 'markdown',
  CHAT_TASKS: 'forward',
  CONSOLE: 'off',
  EMULATOR_LATENCY_MS: '7',
  EMULATOR_DRAWING: 'plain',
  LOG_LEVEL: 'debug',
  LOG_FORMAT: 'json',
  LOG_LEVEL_FORMAT: 'label',
  ACCOUNT_HEADER: 'off',
  DATABASE_URL: 'postgres://me:secret@db/easel',
  DATA_DIR: '/data',
  LEDGER_RETENTION_DAYS: '7',
  PRICES_FILE: 'prices.yaml',
  COST_HEADER: 'off',
  METRICS_ACCOUNT_LABELS: 'off',
  LIST_MODEL_ALIASES: 'off',
  CORS_ORIGINS: 'https://app.example',
  ALLOWED_HOSTS: 'images.example',
  PUBLIC_URL: 'https://images.example',
  TRUSTED_PROXIES: 'loopback',
  METRICS_CONSUMERS: '7',
  SHUTDOWN_DELAY_MS: '7',
  WARM_UP: 'off',
  IDEMPOTENCY_TTL_SECONDS: '7',
  IDEMPOTENCY_CACHE_MB: '7',
  ABANDONED_TTL_SECONDS: '7',
  MAX_ABANDONED_IMAGES: '7',
  IMAGE_STORE: 'disk',
  IMAGE_STORE_MAX_GB: '0.5',
  IMAGE_URL_TTL_SECONDS: '7',
  IMAGE_RETENTION_SECONDS: '7000',
  URL_SIGNING_KEY: 'a signing key of thirty-two bytes',
  AWS_REGION: 'eu-west-3',
  AWS_ENDPOINT_URL_S3: 'https://s3.example',
  S3_REGION: 'eu-west-3',
  S3_ENDPOINT: 'https://s3.example',
  S3_FORCE_PATH_STYLE: 'true',
  DEFAULT_RESPONSE_FORMAT: 'url',
};

/** The variables without which others mean nothing. */
const IN_S3 = {
  IMAGE_STORE: 's3://bucket',
  URL_SIGNING_KEY: 'another signing key of 32 bytes..',
};

const load = (environment: Record<string, string>) =>
  loadConfig({
    environment: { PROXY_API_KEY: 'a0b1c2d3e4', ...environment },
    readFile: () => {
      throw new Error('nothing is read here');
    },
    isKnownModel: () => true,
    consumerFaults: () => [],
    accountFaults: () => [],
  });

const NAMES = Object.keys(new Env()) as (keyof Env)[];

describe('every variable', () => {
  it('has a value in OTHER_VALUES, above', () => {
    expect(NAMES.filter((name) => !Object.hasOwn(OTHER_VALUES, name))).toEqual([]);
  });

  // Whole configurations would fill the screen: only the name is of use.
  it('changes the configuration that loadConfig in app-config.ts returns', () => {
    const unused = NAMES.filter((name) => {
      const others = /^(AWS|S3)_/.test(name) ? IN_S3 : {};
      return isDeepStrictEqual(load({ ...others, [name]: OTHER_VALUES[name] }), load(others));
    });
    expect(unused).toEqual([]);
  });
});
