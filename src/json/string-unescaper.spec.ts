import { BlobJsonError } from './blob-json.error';
import type { JsonBlob } from './json-blob';
import { StringUnescaper } from './string-unescaper';

/** Unescapes the raw string in every way of cutting it in two, and byte by byte. */
function unescapeEveryWay(raw: string, allowControls = false): readonly JsonBlob[] {
  const bytes = Buffer.from(raw);
  const cuts = [...Array(bytes.length + 1).keys()].map((at) => [
    bytes.subarray(0, at),
    bytes.subarray(at),
  ]);
  return [...cuts, [...bytes].map((byte) => Buffer.from([byte]))].map((slices) => {
    const unescaper = new StringUnescaper(allowControls);
    slices.forEach((slice) => {
      unescaper.push(slice);
    });
    return unescaper.finish();
  });
}

describe('StringUnescaper', () => {
  it.each([
    ['no escape', 'AAAA', 'AAAA', true],
    ['Google’s escaped padding', 'AAA\\u003d\\u003D', 'AAA==', true],
    ['escaped slashes', '\\/9j\\/4AA', '/9j/4AA', true],
    ['every short escape', '\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t', false],
    ['a backslash', 'A\\\\', 'A\\', false],
    ['a quote by number', '\\u0022', '"', false],
    ['a control character by number', '\\u0000', '\0', false],
    ['two bytes of UTF-8', '\\u00e9\\u00E9', 'éé', true],
    ['three bytes of UTF-8', '\\u2028', '\u2028', true],
    ['a surrogate pair', '\\ud83d\\ude00!', '\u{1f600}!', true],
    ['raw UTF-8', 'é\u{1f600}', 'é\u{1f600}', true],
    ['a high surrogate alone', 'a\\ud83d', 'a\ufffd', true],
    ['a high surrogate before text', '\\ud83da', '\ufffda', true],
    ['a high surrogate before another escape', '\\ud83d\\n', '\ufffd\n', false],
    ['two high surrogates and a low one', '\\ud83d\\ud83d\\ude00', '\ufffd\u{1f600}', true],
    ['a low surrogate alone', '\\ude00\\ude00', '\ufffd\ufffd', true],
  ])('%s', (_name, raw, text, escapeFree) => {
    for (const blob of unescapeEveryWay(raw)) {
      expect(blob.toText()).toBe(text);
      expect(blob.escapeFree).toBe(escapeFree);
    }
  });

  it.each([
    ['an unknown escape', '\\x41'],
    ['an upper-case U', '\\U0041'],
    ['a digit that is none', '\\u00g0'],
    ['a sign for a digit', '\\u-041'],
    ['too few digits', '\\u004'],
    ['a backslash at the end', 'AAAA\\'],
    ['a raw line break', 'AAAA\nAAAA'],
    ['an escaped raw line break', 'AAAA\\\nAAAA'],
  ])('refuses %s, as JSON.parse does', (_name, raw) => {
    expect(() => JSON.parse(`"${raw}"`) as unknown).toThrow(SyntaxError);
    expect(() => unescapeEveryWay(raw)).toThrow(new BlobJsonError('malformed'));
  });

  it('allows raw control characters if configured', () => {
    for (const blob of unescapeEveryWay('A\nA', true)) {
      expect(blob.toText()).toBe('A\nA');
    }
  });

  it('passes slices without escapes through as they are', () => {
    const slice = Buffer.alloc(4096, 'A');
    const unescaper = new StringUnescaper(false);
    unescaper.push(slice);
    expect(unescaper.finish().chunks[0]?.buffer).toBe(slice.buffer);
  });
});
