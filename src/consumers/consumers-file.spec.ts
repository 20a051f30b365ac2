import { ConfigFileError } from '../config-file/config-file.error';
import { keyDigest } from '../context/consumer-registry';
import { parseConsumers } from './consumers-file';

const KEY = 'sk-easel-0123456789abcdef';
const OTHER_KEY = 'sk-easel-fedcba9876543210';
const PROXY_KEY = 'sk-easel-of-the-proxy-itself';
const SHA = keyDigest(KEY).toString('hex');

function parse(text: string, files: Record<string, string> = {}) {
  return parseConsumers(
    text,
    (path) => {
      const content = files[path];
      if (content === undefined) {
        throw new Error('no such file');
      }
      return content;
    },
    [PROXY_KEY],
  );
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

const entry = (...lines: readonly string[]) =>
  `consumers:\n  - name: design\n    key: ${KEY}\n${lines.map((line) => `    ${line}\n`).join('')}`;

describe('parseConsumers', () => {
  it('reads a consumer with its defaults, and keeps no key', () => {
    const consumers = parse(entry());
    expect(consumers).toEqual([
      { consumer: { name: 'design', role: 'member', enabled: true }, keys: [SHA] },
    ]);
    expect(JSON.stringify(consumers)).not.toContain(KEY);
  });

  const everything = {
    name: 'design',
    keySha256: SHA.toUpperCase(),
    role: 'operator',
    models: ['models/Gemini-3-Pro-Image-Preview', 'gemini-3.1-flash-image'],
    maxImageSize: '2k',
    accounts: ['studio@example.com'],
    limits: { imagesPerMinute: 20, imagesPerDay: 500, concurrentImages: 8 },
    budget: { usdPerMonth: 199.5 },
    expires: '2027-02-28',
    enabled: false,
  };
  const read = {
    consumer: {
      name: 'design',
      role: 'operator',
      enabled: false,
      models: ['gemini-3-pro-image', 'gemini-3.1-flash-image'],
      maxImageSize: '2K',
      accounts: ['studio@example.com'],
      limits: { imagesPerMinute: 20, imagesPerDay: 500, concurrentImages: 8 },
      budget: { usdPerMonth: 199.5 },
      expiresAt: Date.parse('2027-03-01T00:00:00Z'),
    },
    keys: [SHA],
  };

  it('reads everything, from JSON', () => {
    expect(parse(JSON.stringify({ consumers: [everything] }))).toEqual([read]);
  });

  it('reads everything, from YAML', () => {
    const yaml = `consumers:
  - name: design
    keySha256: ${SHA}
    role: operator
    models: [gemini-3-pro-image, gemini-3.1-flash-image]
    maxImageSize: 2K
    accounts: [studio@example.com]
    limits: { imagesPerMinute: 20, imagesPerDay: 500, concurrentImages: 8 }
    budget: { usdPerMonth: 199.5 }
    expires: 2027-02-28
    enabled: false
`;
    expect(parse(yaml)).toEqual([read]);
  });

  it('accepts a size that YAML reads as a number', () => {
    expect(parse(entry('maxImageSize: 512'))[0]?.consumer.maxImageSize).toBe('512');
  });

  it.each<[string, string, Record<string, string>, readonly string[]]>([
    ['a key in a file', 'keyFile: /run/design', { '/run/design': `${KEY}\n` }, [KEY]],
    ['keys, to rotate', `keys: [${KEY}, ${OTHER_KEY}]`, {}, [KEY, OTHER_KEY]],
    [
      'keys of every form',
      `keys: [{keySha256: ${SHA}}, {key: ${OTHER_KEY}}, {keyFile: /run/third}, fourth-key-of-design]`,
      { '/run/third': 'third-key-of-design' },
      [KEY, OTHER_KEY, 'third-key-of-design', 'fourth-key-of-design'],
    ],
    ['a key of just 16 characters', 'key: abcdefghijklmnop', {}, ['abcdefghijklmnop']],
  ])('takes %s', (_name, key, files, expected) => {
    const [consumer] = parse(`consumers:\n  - name: design\n    ${key}\n`, files);
    expect(consumer?.keys).toEqual(expected.map((one) => keyDigest(one).toString('hex')));
  });

  const withKey = (key: string) => `consumers:\n  - name: design\n    ${key}\n`;
  const other = (...lines: readonly string[]) =>
    lines.map((line, index) => `  ${index === 0 ? '-' : ' '} ${line}\n`).join('');

  it.each<[string, string, string]>([
    ['no list', 'people: []', 'CONSUMERS_FILE must hold a list under the name consumers'],
    ['an empty list', 'consumers: []', 'the list of consumers is empty'],
    ['an empty list of JSON', '{"consumers": []}', 'the list of consumers is empty'],
    [
      'broken YAML',
      'consumers: [',
      'CONSUMERS_FILE: line 1, column 13: not valid YAML (BAD_INDENT)',
    ],
    [
      'a property twice',
      entry('role: member', 'role: operator'),
      'line 5, column 5: not valid YAML (DUPLICATE_KEY)',
    ],
    [
      'a property beside the list, as one that is indented too little is',
      `${entry()}limits: {imagesPerMinute: 3}\n`,
      'line 4: limits is not a property of the file; expected consumers',
    ],
    [
      'the same in JSON',
      `{"consumers": [{"name": "design", "key": "${KEY}"}],\n "limits": {}}`,
      'line 2: limits is not a property of the file; expected consumers',
    ],
    [
      'an unknown property',
      entry('imagesPerMinute: 20'),
      'consumers[0] (line 2), design: imagesPerMinute is not a property of a consumer; expected name, keySha256,',
    ],
    [
      'an unknown limit',
      entry('limits: {imagePerMinute: 20}'),
      'consumers[0] (line 2), design: limits.imagePerMinute is not a property of limits; expected imagesPerMinute, imagesPerDay, concurrentImages',
    ],
    [
      'a limit left unfinished',
      entry('limits:', '  imagesPerMinute:'),
      'limits.imagesPerMinute has no value: set one, or remove it',
    ],
    ['limits left unfinished', entry('limits:'), 'limits has no value: set one, or remove it'],
    [
      'a limit of none',
      entry('limits: {imagesPerDay: 0}'),
      'limits.imagesPerDay must be an integer from 1 to',
    ],
    [
      'half an image',
      entry('limits: {concurrentImages: 1.5}'),
      'limits.concurrentImages must be an integer',
    ],
    [
      'limits that are a number',
      entry('limits: 20'),
      'limits must be a mapping of names to values',
    ],
    [
      'an unknown budget',
      entry('budget: {usd: 3}'),
      'budget.usd is not a property of budget; expected usdPerMonth',
    ],
    [
      'a budget of nothing',
      entry('budget: {usdPerMonth: 0}'),
      'budget.usdPerMonth must be a number above 0',
    ],
    [
      'a budget in words',
      entry('budget: {usdPerMonth: much}'),
      'budget.usdPerMonth must be a number above 0',
    ],
    ['no name', `consumers:\n  - key: ${KEY}\n`, 'consumers[0] (line 2): name is missing'],
    [
      'a name of another form',
      `consumers:\n  - name: "a b"\n    key: ${KEY}\n`,
      'name must start with a letter',
    ],
    [
      'a name of 65 characters',
      `consumers:\n  - name: ${'a'.repeat(65)}\n    key: ${KEY}\n`,
      'name must start',
    ],
    [
      'a name that starts with a dot',
      `consumers:\n  - name: .a\n    key: ${KEY}\n`,
      'name must start',
    ],
    [
      'the reserved name proxy',
      `consumers:\n  - name: proxy\n    key: ${KEY}\n`,
      'name proxy is reserved',
    ],
    [
      'the reserved name anonymous',
      `consumers:\n  - name: anonymous\n    key: ${KEY}\n`,
      'name anonymous is reserved',
    ],
    [
      'a name twice',
      entry() + other('name: design', `key: ${OTHER_KEY}`),
      'consumers[1] (line 4), design: its name is already used by consumers[0] (line 2), design',
    ],
    [
      'a key that two hold',
      entry() + other('name: shop', `keySha256: ${SHA}`),
      'consumers[1] (line 4), shop: its key is already used by consumers[0] (line 2), design',
    ],
    [
      'a key of a list that another holds',
      entry() + other('name: shop', `keys: [${OTHER_KEY}, ${KEY}]`),
      'consumers[1] (line 4), shop: keys[1] is already used by consumers[0] (line 2), design',
    ],
    ['a key twice', withKey(`keys: [${KEY}, ${KEY}]`), 'design: keys[1] occurs twice'],
    [
      'a key of the proxy',
      withKey(`key: ${PROXY_KEY}`),
      'design: its key is already used by PROXY_API_KEY',
    ],
    [
      'no key',
      'consumers:\n  - name: design\n',
      'its key is missing: keySha256, key, keyFile or keys',
    ],
    [
      'two keys',
      entry(`keySha256: ${SHA}`),
      'keySha256 and key are both set: keep one (keys accepts several)',
    ],
    ['no keys in a list', withKey('keys: []'), 'keys must be a list and not empty'],
    [
      'keys that are no list',
      withKey('keys: abcdefghijklmnopq'),
      'keys must be a list and not empty',
    ],
    [
      'an item with two keys',
      withKey(`keys: [{key: ${KEY}, keySha256: ${SHA}}]`),
      'keys[0] must have one of',
    ],
    [
      'an item with no key',
      withKey('keys: [{}]'),
      'keys[0] must have one of keySha256, key, keyFile',
    ],
    [
      'an item with another property',
      withKey(`keys: [{key: ${KEY}, until: x}]`),
      'keys[0].until is not a property of keys[0]',
    ],
    ['a number in a list', withKey('keys: [1234567890123456]'), 'keys[0] must be a mapping'],
    ['a short key', withKey('key: abcdefghijklmno'), 'key must have at least 16 characters'],
    ['a short key in a list', withKey('keys: [abc]'), 'keys[0] must have at least 16 characters'],
    [
      'a key of digits without quotes',
      withKey('key: 12345678901234567'),
      'key must be a text, in quotes',
    ],
    ['a key with a space', withKey('key: "abcdefgh ijklmnop"'), 'key must not contain spaces'],
    ['a placeholder', withKey('key: put-your-key-here'), 'key is the placeholder of an example'],
    [
      'a key that still has its quotes',
      withKey(`key: '"abcdefghijklmnop"'`),
      'key is in quotes, which would become part of it: remove them',
    ],
    [
      'half a digest',
      withKey('keySha256: 9f86d081'),
      'keySha256 must be the SHA-256 of the key, as a text of 64 hex digits',
    ],
    [
      'a key in the place of its digest',
      withKey(`keySha256: ${KEY}`),
      'keySha256 must be the SHA-256',
    ],
    ['a file that is not there', withKey('keyFile: /nowhere'), 'keyFile cannot be read: /nowhere'],
    ['another role', entry('role: admin'), 'role must be one of member, monitor, operator'],
    [
      'a model nobody knows',
      entry('models: [gpt-4o]'),
      'models: "gpt-4o" is not a known Gemini image model',
    ],
    [
      'an alias',
      entry('models: [dall-e-3]'),
      'models: "dall-e-3" is not a known Gemini image model',
    ],
    ['no models', entry('models: []'), 'models must be a list of Gemini image models; remove it'],
    ['no accounts', entry('accounts: []'), 'accounts must be a list of accounts'],
    [
      'a size nobody makes',
      entry('maxImageSize: 8K'),
      'maxImageSize must be one of 512, 1K, 2K, 4K',
    ],
    [
      'a size that none of its models makes',
      entry('maxImageSize: 512', 'models: [gemini-3-pro-image]'),
      'maxImageSize 512 excludes everything: none of its models makes images that small',
    ],
    ['a day that is none', entry('expires: 2027-02-30'), 'expires must be a day, like 2027-03-31'],
    ['a time', entry('expires: 2027-02-03T10:00:00Z'), 'expires must be a day, like 2027-03-31'],
    ['a word for enabled', entry('enabled: "no"'), 'enabled must be true or false'],
    [
      'an entry that is a text',
      'consumers: [design]',
      'consumers[0] (line 1): a consumer must be a mapping',
    ],
  ])('refuses %s', (_name, text, expected) => {
    expect(faultsOf(text).join('\n')).toContain(expected);
  });

  it('lists all faults at once, and quotes no key and no digest', () => {
    const secret = 'sk-easel-secret-secret-secret';
    const faults = faultsOf(
      `consumers:\n` +
        other('name: a', `key: ${secret} x`, 'role: admin') +
        other('name: b', `keySha256: ${SHA}0`) +
        other('name: c', `${secret}: x`, `keys: [{key: ${secret}}, ${secret}]`) +
        other('name: d', `keySha256: ${SHA}`) +
        other('name: e', `key: ${KEY}`),
    );
    expect(faults).toHaveLength(6);
    expect(faults.join()).not.toMatch(/secret-secret|[\da-f]{32}|sk-easel/);
  });
});
