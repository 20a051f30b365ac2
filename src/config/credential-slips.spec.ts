import { isPlaceholder, isQuoted } from './credential-slips';

describe('slips in a credential', () => {
  it.each([
    ['"key"', true],
    ["'key'", true],
    ['""', true],
    ['key', false],
    ['"key', false],
    ['\'key"', false],
    ['"', false],
  ])('%s: in quotes is %s', (value, expected) => {
    expect(isQuoted(value)).toBe(expected);
  });

  it.each([
    ['put-your-key-here', true],
    ['put-another-key-here', true],
    ['another-key', true],
    ['YOUR_API_KEY', true],
    ['sk-your-key', true],
    ['change-me', true],
    ['changeme', true],
    ['<key>', true],
    ['xxxx', true],
    ['AIza...', true],
    ['AIza…', true],
    ['k', false],
    ['sk-proxy', false],
    ['AIzaSyD-9tSrke72PouQMnMX', false],
    ['the-key-in-a-file', false],
    ['secret', false],
  ])('%s: a placeholder is %s', (key, expected) => {
    expect(isPlaceholder(key)).toBe(expected);
  });
});
