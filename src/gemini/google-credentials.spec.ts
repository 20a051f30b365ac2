import { generateKeyPairSync } from 'node:crypto';
import { isTrustworthyTokenUri, parseGoogleCredentials } from './google-credentials';

const pem = (type: 'rsa' | 'ed25519') =>
  (type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ed25519')
  ).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

const RSA = pem('rsa');

const SERVICE_ACCOUNT = {
  type: 'service_account',
  project_id: 'acme',
  private_key_id: 'abc',
  private_key: RSA,
  client_email: 'images@acme.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
  universe_domain: 'googleapis.com',
};
const USER = {
  type: 'authorized_user',
  client_id: 'id.apps.googleusercontent.com',
  client_secret: 'client-secret',
  refresh_token: 'refresh-token',
  quota_project_id: 'acme',
};

describe('parseGoogleCredentials', () => {
  it('reads a service account', () => {
    expect(parseGoogleCredentials(JSON.stringify(SERVICE_ACCOUNT))).toEqual({
      ok: true,
      projectId: 'acme',
      credentials: {
        type: 'service_account',
        clientEmail: 'images@acme.iam.gserviceaccount.com',
        privateKey: RSA.trim(),
        tokenUri: 'https://oauth2.googleapis.com/token',
      },
    });
  });

  it('reads a user', () => {
    expect(parseGoogleCredentials(JSON.stringify(USER))).toEqual({
      ok: true,
      projectId: undefined,
      credentials: {
        type: 'authorized_user',
        clientId: 'id.apps.googleusercontent.com',
        clientSecret: 'client-secret',
        refreshToken: 'refresh-token',
        quotaProject: 'acme',
      },
    });
  });

  it.each<[string, string | object, readonly string[]]>([
    ['text', 'AIzaSecret', ['is not JSON']],
    ['a list', [], ['must hold a JSON object']],
    ['null', 'null', ['must hold a JSON object']],
    ['no type', { ...USER, type: null }, ['must be of type service_account or authorized_user']],
    [
      'a type for default credentials only',
      { type: 'external_account' },
      ['is of type external_account, but must be of type service_account or authorized_user'],
    ],
    [
      'a secret in place of the type',
      { type: 'AIzaSecret' },
      ['must be of type service_account or authorized_user'],
    ],
    [
      'a service account without anything',
      { type: 'service_account' },
      ['has no client_email', 'has no private_key'],
    ],
    [
      'a user without anything',
      { type: 'authorized_user', client_id: 4, client_secret: '', refresh_token: [] },
      ['has no client_id', 'has no client_secret', 'has no refresh_token'],
    ],
    [
      'a key that is no key',
      { ...SERVICE_ACCOUNT, private_key: 'AIzaSecret' },
      ['has a private_key that is not an RSA key in PEM form'],
    ],
    [
      'a key that Google does not take',
      { ...SERVICE_ACCOUNT, private_key: pem('ed25519') },
      ['has a private_key that is not an RSA key in PEM form'],
    ],
    [
      'a token endpoint that anybody can overhear',
      { ...USER, token_uri: 'http://tokens.example/token' },
      ['has a token_uri that is neither https nor http on this machine'],
    ],
  ])('refuses %s', (_name, file, faults) => {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    const reading = parseGoogleCredentials(text);
    expect(reading).toEqual({ ok: false, faults });
    expect(JSON.stringify(reading)).not.toContain('AIzaSecret');
  });
});

describe('isTrustworthyTokenUri', () => {
  it.each([
    ['https://oauth2.googleapis.com/token', true],
    ['https://tokens.example:8443/token', true],
    ['http://127.0.0.1:4711/token', true],
    ['http://127.9.9.9/token', true],
    ['http://localhost/token', true],
    ['http://[::1]:80/token', true],
    ['http://oauth2.googleapis.com/token', false],
    ['http://127.0.0.1.example.com/token', false],
    ['http://localhost.example.com/token', false],
    ['file:///token', false],
    ['token', false],
  ])('%s: %s', (uri, expected) => {
    expect(isTrustworthyTokenUri(uri)).toBe(expected);
  });
});
