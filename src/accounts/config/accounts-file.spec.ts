import { generateKeyPairSync } from 'node:crypto';
import { ConfigFileError } from '../../config-file/config-file.error';
import { parseAccounts } from './accounts-file';

function parse(text: string, files: Record<string, string> = {}) {
  return parseAccounts(text, (path) => {
    const content = files[path];
    if (content === undefined) {
      throw new Error('no such file');
    }
    return content;
  });
}

function faultsOf(text: string, files: Record<string, string> = {}): readonly string[] {
  try {
    parse(text, files);
  } catch (error) {
    if (error instanceof ConfigFileError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

const entry = (extra: string) =>
  `accounts:\n  - email: a@x.org\n    provider: gemini\n    apiKey: k\n    ${extra}\n`;

describe('parseAccounts', () => {
  it('reads an account with its defaults', () => {
    expect(parse(entry(''))).toEqual([
      {
        email: 'a@x.org',
        provider: 'gemini',
        apiKey: 'k',
        maxConcurrency: 4,
        priority: 1,
        enabled: true,
      },
    ]);
  });

  it('reads everything, from JSON as well', () => {
    const account = {
      email: 'studio@example.com',
      provider: 'gemini',
      apiKeyFile: '/run/secrets/renderer',
      project: 'studio-prod',
      maxConcurrency: 2,
      priority: 0,
      models: ['gemini-3-pro-image'],
      enabled: false,
      baseUrl: 'https://proxy.example/gemini',
    };
    expect(
      parse(JSON.stringify({ accounts: [account] }), { '/run/secrets/renderer': 'the-key\n' }),
    ).toEqual([
      {
        email: 'studio@example.com',
        provider: 'gemini',
        apiKey: 'the-key',
        project: 'studio-prod',
        maxConcurrency: 2,
        priority: 0,
        models: ['gemini-3-pro-image'],
        enabled: false,
        baseUrl: 'https://proxy.example/gemini',
      },
    ]);
  });

  it('accepts model names as clients write them', () => {
    const [account] = parse(
      entry('models: [models/Gemini-3-Pro-Image, google/gemini-2.5-flash-image]'),
    );
    expect(account?.models).toEqual(['gemini-3-pro-image', 'gemini-2.5-flash-image']);
  });

  it('reads a project number as text', () => {
    expect(parse(entry('project: 123456'))[0]?.project).toBe('123456');
  });

  it.each([
    ['nothing', '', 'ACCOUNTS_FILE must hold a list under the name accounts'],
    ['another shape', '- email: a', 'ACCOUNTS_FILE must hold a list under the name accounts'],
    ['an empty list', 'accounts: []', 'the list of accounts is empty'],
    ['an entry that is a word', 'accounts: [a]', 'accounts[0] (line 1): an account must be a map'],
    ['broken YAML', 'accounts:\n  - a: [', 'ACCOUNTS_FILE: line 2, column 9: not valid YAML'],
    [
      'a baseUrl with the version',
      entry('baseUrl: https://proxy.example/v1beta/'),
      'accounts[0] (line 2), a@x.org: baseUrl must not end in /v1beta',
    ],
    [
      'a key that still has its quotes',
      `accounts: [{email: a@x.org, provider: gemini, apiKey: '"secret"'}]`,
      'accounts[0] (line 1), a@x.org: the API key is in quotes, which would become part of it: remove them',
    ],
    [
      'a placeholder',
      'accounts: [{email: a@x.org, provider: gemini, apiKey: put-your-key-here}]',
      'accounts[0] (line 1), a@x.org: the API key is the placeholder of an example',
    ],
    [
      'an unknown property',
      entry('apikey: x'),
      'accounts[0] (line 2), a@x.org: apikey is not a property',
    ],
    [
      'a property of another provider',
      entry('location: global'),
      'location is not a property of an account with provider gemini',
    ],
    ['an unknown provider', entry('').replace('gemini', 'azure'), 'provider "azure" is unknown'],
    ['no key', entry('').replace('apiKey: k', ''), 'apiKey or apiKeyFile is missing'],
    ['two keys', entry('apiKeyFile: /x'), 'apiKey and apiKeyFile are both set'],
    [
      'a key file that is not there',
      entry('').replace('apiKey: k', 'apiKeyFile: /x'),
      'apiKeyFile cannot be read: /x',
    ],
    ['a key with a space', entry('').replace('apiKey: k', 'apiKey: "k k"'), 'the API key contains'],
    [
      'no email',
      entry('').replace('email: a@x.org', 'project: p'),
      'accounts[0] (line 2): email is missing',
    ],
    [
      'an email with a comma',
      entry('').replace('a@x.org', '"a,b"'),
      'accounts[0] (line 2): email must be',
    ],
    [
      'a number for an email',
      entry('colour: red').replace('a@x.org', '7'),
      'accounts[0] (line 2), 7: colour is not a property',
    ],
    ['no place', entry('maxConcurrency: 0'), 'maxConcurrency must be an integer from 1'],
    ['half a place', entry('maxConcurrency: 1.5'), 'maxConcurrency must be an integer'],
    ['a priority in words', entry('priority: high'), 'priority must be an integer'],
    ['models that are a word', entry('models: gemini-3-pro-image'), 'models must be a list'],
    ['no models', entry('models: []'), 'models must be a list'],
    ['enabled in words', entry('enabled: "no"'), 'enabled must be true or false'],
    ['a base URL with a query', entry('baseUrl: "http://h/p?x=1"'), 'baseUrl must be an http'],
    ['a base URL with a fragment', entry('baseUrl: "http://h/p#f"'), 'baseUrl must be an http'],
    ['a base URL with a password', entry('baseUrl: "http://u:p@h"'), 'baseUrl must be an http'],
    ['a base URL that is none', entry('baseUrl: localhost'), 'baseUrl must be an http'],
    [
      'the same email twice',
      `${entry('')}${entry('').replace('accounts:\n', '')}`,
      ', a@x.org: its email is already used by accounts[0] (line 2), a@x.org',
    ],
  ])('refuses %s', (_name, text, expected) => {
    expect(faultsOf(text)).toContainEqual(expect.stringContaining(expected));
  });

  it.each([
    ['a name twice', '{"email": "b", "apiKey": "k", "apiKey": "k"}', 'DUPLICATE_KEY'],
    [
      'a name twice, once in other letters',
      '{"email": "b", "apiKey": "k", "api\\u004bey": "k"}',
      'DUPLICATE_KEY',
    ],
    [
      'a fault',
      '{"email": "b\\":", "apiKey": "k", "priority": 0.5}',
      'accounts[1] (line 3), b":: pri',
    ],
    ['no end', '{"email": "b", "apiKey": "k"', 'line 4, column 1: not valid YAML'],
  ])('rejects JSON with %s, with the position', (_name, second, expected) => {
    const first = '{"email": "a", "provider": "gemini", "apiKey": "k"}';
    const text = `{"accounts": [\n${first},\n${second.replace('{', '{"provider": "gemini", ')}\n]}`;
    expect(faultsOf(text)).toEqual([expect.stringContaining(expected)]);
  });

  it('reads in JSON whatever YAML makes of it', () => {
    const text =
      '{"accounts": [{"email": "a:\\"b\\":\\u00e9", "provider": "gemini", "apiKey": "k\\/:", "project": 7}]}';
    // A comment makes YAML of it.
    expect(parse(text)).toEqual(parse(`${text} # the same`));
    expect(parse(text)[0]).toMatchObject({ email: 'a:"b":é', apiKey: 'k/:', project: '7' });
  });

  it('lists the faults of all accounts at once, each with its line', () => {
    const faults = faultsOf(
      'accounts:\n  - email: a\n    enabled: 1\n  - provider: gemini\n    email: b\n',
    );
    expect(faults).toEqual([
      expect.stringMatching(/^accounts\[0\] \(line 2\), a: provider is missing/),
      expect.stringMatching(/^accounts\[0\] \(line 2\), a: enabled must be/),
      expect.stringMatching(/^accounts\[1\] \(line 4\), b: apiKey or apiKeyFile is missing/),
    ]);
  });

  it('never shows a key', () => {
    const faults = faultsOf('accounts:\n  - apiKey: "AIza very secret"\n    email: [');
    expect(faults.join()).not.toContain('AIza');
    expect(faultsOf(entry('apikey: AIzaSecret')).join()).not.toContain('AIzaSecret');
  });
});

describe('parseAccounts, of Vertex AI', () => {
  const serviceAccount = {
    type: 'service_account',
    project_id: 'acme-images',
    private_key: generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    client_email: 'images@acme-images.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  const files = {
    '/acme.json': JSON.stringify(serviceAccount),
    '/user.json': JSON.stringify({
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: 'refresh',
    }),
    '/odd.json': JSON.stringify({ ...serviceAccount, project_id: 'An Odd One' }),
    '/half.json': JSON.stringify({ type: 'service_account', private_key: 'not PEM' }),
    '/text.json': 'private_key=AIzaSecret',
    '/empty.json': ' ',
  };
  const vertex = (...lines: string[]) =>
    [
      'accounts:',
      '  - email: v@x.org',
      '    provider: vertex',
      ...lines.map((line) => `    ${line}`),
    ]
      .join('\n')
      .concat('\n');

  it('reads an account with its defaults, and the project from the key', () => {
    expect(parse(vertex('credentialsFile: /acme.json'), files)).toEqual([
      {
        email: 'v@x.org',
        provider: 'vertex',
        project: 'acme-images',
        location: 'global',
        credentials: {
          type: 'service_account',
          clientEmail: serviceAccount.client_email,
          privateKey: serviceAccount.private_key.trim(),
          tokenUri: serviceAccount.token_uri,
        },
        maxConcurrency: 4,
        priority: 1,
        enabled: true,
      },
    ]);
  });

  it('reads everything', () => {
    const fields = {
      email: 'v@x.org',
      provider: 'vertex',
      project: 'example.com:acme',
      location: 'europe-west4',
      maxConcurrency: 2,
      priority: 3,
      models: ['gemini-3-pro-image'],
      enabled: false,
      baseUrl: 'http://127.0.0.1:9/vertex',
    };
    const account = { ...fields, credentialsFile: '/user.json' };
    expect(parse(JSON.stringify({ accounts: [account] }), files)).toEqual([
      {
        ...fields,
        credentials: {
          type: 'authorized_user',
          clientId: 'id',
          clientSecret: 'secret',
          refreshToken: 'refresh',
        },
      },
    ]);
  });

  it.each([
    ['the project of the entry before that of the key', 'project: other', 'other'],
    ['a project number', 'project: 123456', '123456'],
  ])('takes %s', (_name, line, project) => {
    expect(parse(vertex('credentialsFile: /acme.json', line), files)[0]?.project).toBe(project);
  });

  it('uses the machine’s credentials if no file is named', () => {
    expect(parse(vertex('project: acme'))[0]).toMatchObject({
      credentials: { type: 'application_default' },
    });
  });

  it.each([
    ['no project', ['credentialsFile: /user.json'], 'project is missing'],
    ['no project and no file', [], 'project is missing'],
    ['an odd project', ['project: "../x"'], 'project must be the id of a Google Cloud project'],
    ['an odd project in the key', ['credentialsFile: /odd.json'], 'project_id in credentialsFile'],
    ['an odd location', ['project: p', 'location: evil.example/'], 'location must be global, us'],
    ['a location in capitals', ['project: p', 'location: US'], 'location must be global, us'],
    [
      'a key',
      ['project: p', 'apiKey: k'],
      'apiKey is not a property of an account with provider v',
    ],
    [
      'a file that is not there',
      ['credentialsFile: /x.json'],
      'credentialsFile cannot be read: /x.json',
    ],
    ['an empty file', ['credentialsFile: /empty.json'], 'credentialsFile is empty: /empty.json'],
    ['a file of text', ['credentialsFile: /text.json'], 'credentialsFile /text.json is not JSON'],
    [
      'half a key',
      ['credentialsFile: /half.json'],
      'accounts[0] (line 2), v@x.org: credentialsFile /half.json has no client_email',
    ],
    [
      'a broken key',
      ['credentialsFile: /half.json'],
      'a private_key that is not an RSA key in PEM',
    ],
  ])('refuses %s', (_name, lines, expected) => {
    const faults = faultsOf(vertex(...lines), files);
    expect(faults).toContainEqual(expect.stringContaining(expected));
    expect(faults.join()).not.toMatch(/AIzaSecret|not PEM/);
  });
});
