import type { DeveloperApiAccount } from './accounts/account';
import { loadConfig } from './config/app-config';
import { startupNotes, type StartupFacts } from './startup-notes';

const isGeminiModel = (id: string) => id.startsWith('gemini-');

function notes(environment: Record<string, string>, facts: Partial<StartupFacts> = {}) {
  const config = loadConfig({
    environment,
    readFile: () => '',
    isKnownModel: isGeminiModel,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
  return startupNotes({
    config,
    accounts: [],
    consumers: [],
    url: 'http://127.0.0.1:8045',
    emulatorUrl: undefined,
    isGeminiModel,
    slips: [],
    envFile: undefined,
    ...facts,
  }).map(({ level, text }) => `${level}: ${text}`);
}

const account: DeveloperApiAccount = {
  email: 'a@x.org',
  provider: 'gemini',
  apiKey: 'k',
  maxConcurrency: 4,
  priority: 1,
  enabled: true,
};
const withKey = { PROXY_API_KEY: 'k' };

describe('startupNotes', () => {
  it('says where it listens and which requests need a key', () => {
    expect(notes({})[0]).toMatch(/^info: .*http:\/\/127.0.0.1:8045.*no key is needed$/);
    expect(notes(withKey)[0]).toMatch(/keys are needed \(all_except_health\)$/);
  });

  it.each(['0.0.0.0', '::'])('says that %s means every address', (host) => {
    const [line] = notes({ HOST: host, ...withKey });
    expect(line).toMatch(/^info: .*8045 and every other address of this machine, Swagger/);
  });

  it('says how many consumers there are, and which of their accounts do not exist', () => {
    const consumer = { name: 'design', role: 'member', enabled: true } as const;
    const consumers = [
      { ...consumer, accounts: ['a@x.org', 'b@x.org'] },
      { ...consumer, name: 'shop', enabled: false, accounts: ['a@x.org'] },
    ];
    const lines = notes({ CONSUMERS_FILE: '/c.yaml' }, { accounts: [account], consumers });
    expect(lines.slice(1, 3)).toEqual([
      'info: 1 of 2 consumer(s) enabled',
      'warn: The consumer design is configured for b@x.org, but there is no such account',
    ]);
  });

  it('says in one line that the emulator draws, with its address', () => {
    const lines = notes({}, { emulatorUrl: 'http://127.0.0.1:4711' });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^info: .*built-in Gemini emulator \(http:\/\/127.0.0.1:4711\)/);
  });

  it.each<[StartupFacts['envFile'], readonly string[]]>([
    [undefined, []],
    [
      { taken: ['PORT', 'HOST'], overruled: [], tooLate: [] },
      ['info: .env was read: PORT, HOST taken'],
    ],
    [
      { taken: [], overruled: ['PORT'], tooLate: ['NODE_OPTIONS'] },
      [
        'info: .env was read: nothing taken; already set in the environment: PORT',
        'warn: NODE_OPTIONS in .env is read too late by Node and not used: set it in the environment',
      ],
    ],
  ])('of %j says %j', (envFile, expected) => {
    const lines = notes({}, { emulatorUrl: 'http://127.0.0.1:4711', envFile });
    expect(lines.slice(1, -1)).toEqual(expected);
  });

  it('counts the accounts', () => {
    const accounts = [account, { ...account, email: 'b@x.org', enabled: false }];
    expect(notes(withKey, { accounts })).toEqual([
      expect.any(String) as string,
      'info: 1 of 2 account(s) enabled',
    ]);
  });

  it.each<[string, Record<string, string>, Partial<DeveloperApiAccount>, RegExp]>([
    ['no enabled account', withKey, { enabled: false }, /No account is enabled/],
    ['real accounts open to every web page', {}, {}, /any web page/],
    [
      'a model nobody knows',
      withKey,
      { models: ['dall-e-3'] },
      /a@x.org is configured for "dall-e-3"/,
    ],
  ])('warns of %s', (_name, environment, fields, expected) => {
    const lines = notes(environment, { accounts: [{ ...account, ...fields }] });
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(expected) as string,
    ]);
  });

  it('does not warn if origins are named', () => {
    const lines = notes({ CORS_ORIGINS: 'https://a.example' }, { accounts: [account] });
    expect(lines.join()).not.toMatch(/warn/);
  });
});
