import { slipsIn } from './read-variables';
import { variableSlips } from './variable-slips';

const OURS = ['PORT', 'HOST', 'PROXY_API_KEY', 'PROXY_AUTH_MODE', 'ACCOUNTS_FILE'].concat(
  'GEMINI_API_KEYS',
  'LOG_LEVEL',
  'REDIS_URL',
  'CORS_ORIGINS',
);

describe('variableSlips', () => {
  it.each<[string, string, boolean]>([
    ['PROXY_API_KEYS', 'PROXY_API_KEY', true],
    ['PROXY_APIKEY', 'PROXY_API_KEY', true],
    ['PROXY_AUTHMODE', 'PROXY_AUTH_MODE', true],
    ['PROXY_KEY', 'PROXY_API_KEY', true],
    ['proxy_api_key', 'PROXY_API_KEY', true],
    ['PROXY_API_KEYS_FILE', 'PROXY_API_KEY_FILE', true],
    ['ACCOUNT_FILE', 'ACCOUNTS_FILE', true],
    ['GEMINI_API_KEY', 'GEMINI_API_KEYS', false],
    ['GOOGLE_API_KEY', 'GEMINI_API_KEYS', false],
    ['LOGLEVEL', 'LOG_LEVEL', false],
    ['REDIS_URI', 'REDIS_URL', false],
    ['CORS_ORIGIN', 'CORS_ORIGINS', false],
  ])('%s: %s was meant, grave: %s', (name, meant, isGrave) => {
    expect(variableSlips({ [name]: 'x' }, OURS)).toEqual([{ name, meant, isGrave }]);
  });

  it.each([
    'PROXY_API_KEY',
    'PROXY_API_KEY_FILE',
    'HTTPS_PROXY',
    'HOSTNAME',
    'PORTS',
    'REDIS_PORT',
    'REDIS_PORT_6379_TCP',
    'REDIS_SERVICE_HOST',
    'PATH',
  ])('%s is no slip', (name) => {
    expect(variableSlips({ [name]: 'x' }, OURS)).toEqual([]);
  });

  it('ignores OpenTelemetry’s variables, however similar their names', () => {
    expect(variableSlips({ OTEL_LOG_LEVELS: 'x' }, ['OTEL_LOG_LEVEL'])).toEqual([]);
  });

  it.each(['https_proxy', 'http_proxy', 'no_proxy', 'NO_PROXY'])('%s is Easel’s own', (name) => {
    expect(slipsIn({ [name]: 'x' })).toEqual([]);
  });

  it('ignores empty variables', () => {
    expect(variableSlips({ PROXY_API_KEYS: '' }, OURS)).toEqual([]);
  });
});
