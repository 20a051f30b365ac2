import { AccountsFileError, parseAccounts } from './accounts-file';

function parse(text: string, files: Record<string, string> = {}) {
  return parseAccounts(text, (path) => {
    const content = files[path];
    if (content === undefined) {
      throw new Error('no such file');
    }
    return content;
  });
}

function faultsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AccountsFileError) {
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
      apiKeyFile: '/run/secrets/studio',
      project: 'studio-prod',
      maxConcurrency: 2,
      priority: 0,
      models: ['gemini-3-pro-image'],
      enabled: false,
      baseUrl: 'https://proxy.example/gemini',
    };
    expect(
      parse(JSON.stringify({ accounts: [account] }), { '/run/secrets/studio': 'the-key\n' }),
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

  it('takes a project number for the text it is', () => {
    expect(parse(entry('project: 123456'))[0]?.project).toBe('123456');
  });

  it.each([
    ['nothing', '', 'the file must hold a list under the name accounts'],
    ['another shape', '- email: a', 'the file must hold a list under the name accounts'],
    ['an empty list', 'accounts: []', 'the list of accounts is empty'],
    ['an entry that is a word', 'accounts: [a]', 'accounts[0] (line 1): an account must be a map'],
    ['broken YAML', 'accounts:\n  - a: [', 'line 2, column 9: not valid YAML'],
    ['an unknown property', entry('apikey: x'), 'accounts[0] (line 2): apikey is not a property'],
    ['an unknown provider', entry('').replace('gemini', 'azure'), 'provider "azure" is not known'],
    ['no key', entry('').replace('apiKey: k', ''), 'apiKey or apiKeyFile is missing'],
    ['two keys', entry('apiKeyFile: /x'), 'apiKey and apiKeyFile are both set'],
    [
      'a key file that is not there',
      entry('').replace('apiKey: k', 'apiKeyFile: /x'),
      'apiKeyFile cannot be read: /x',
    ],
    ['a key with a space', entry('').replace('apiKey: k', 'apiKey: "k k"'), 'the API key holds'],
    ['no email', entry('').replace('email: a@x.org', 'project: p'), 'email is missing'],
    ['an email with a comma', entry('').replace('a@x.org', '"a,b"'), 'email must be'],
    ['no place', entry('maxConcurrency: 0'), 'maxConcurrency must be an integer from 1'],
    ['half a place', entry('maxConcurrency: 1.5'), 'maxConcurrency must be an integer'],
    ['a priority in words', entry('priority: high'), 'priority must be an integer'],
    ['models that are a word', entry('models: gemini-3-pro-image'), 'models must be a list'],
    ['no models', entry('models: []'), 'models must be a list'],
    ['enabled in words', entry('enabled: "no"'), 'enabled must be true or false'],
    ['a base URL that is none', entry('baseUrl: localhost'), 'baseUrl must be an http'],
    [
      'the same email twice',
      `${entry('')}${entry('').replace('accounts:\n', '')}`,
      'email a@x.org is already that of accounts[0] (line 2)',
    ],
  ])('refuses %s', (_name, text, expected) => {
    expect(faultsOf(text)).toContainEqual(expect.stringContaining(expected));
  });

  it('lists the faults of all accounts at once, each with its line', () => {
    const faults = faultsOf('accounts:\n  - email: a\n  - provider: gemini\n    email: b\n');
    expect(faults).toEqual([
      expect.stringMatching(/^accounts\[0\] \(line 2\)/),
      expect.stringMatching(/^accounts\[0\] \(line 2\)/),
      expect.stringMatching(/^accounts\[1\] \(line 3\)/),
    ]);
  });

  it('never shows a key', () => {
    const faults = faultsOf('accounts:\n  - apiKey: "AIza very secret"\n    email: [');
    expect(faults.join()).not.toContain('AIza');
    expect(faultsOf(entry('apikey: AIzaSecret')).join()).not.toContain('AIzaSecret');
  });
});
