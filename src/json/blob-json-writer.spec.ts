import crypto from 'node:crypto';
import { serialiseBlobJson } from './blob-json-writer';
import { JsonBlob } from './json-blob';

const BASE64 = 'QUJD'.repeat(500);

function blob(text: string): JsonBlob {
  return JsonBlob.from(Buffer.from(text));
}

function written(value: unknown): string {
  const { chunks, byteLength } = serialiseBlobJson(value);
  const bytes = Buffer.concat(chunks);
  expect(bytes.length).toBe(byteLength);
  return bytes.toString();
}

describe('serialiseBlobJson', () => {
  it.each([
    ['a blob alone', blob(BASE64), BASE64],
    [
      'an images response',
      { created: 1, data: [{ b64_json: blob(BASE64) }, { b64_json: blob('QQ==') }] },
      { created: 1, data: [{ b64_json: BASE64 }, { b64_json: 'QQ==' }] },
    ],
    [
      'a data URI',
      { data: [{ url: blob(BASE64).withPrefix('data:image/jpeg;base64,') }] },
      { data: [{ url: `data:image/jpeg;base64,${BASE64}` }] },
    ],
    [
      'keys that JSON sorts',
      { b: blob('B'), 2: blob('2'), 1: blob('1') },
      { b: 'B', 2: '2', 1: '1' },
    ],
    ['blobs next to each other', [blob('A'), blob(''), blob('C')], ['A', '', 'C']],
    ['the same blob twice', Array(2).fill(blob('A')), ['A', 'A']],
    [
      'undefined members',
      { a: undefined, b: [undefined, blob('A')] },
      { a: undefined, b: [undefined, 'A'] },
    ],
    ['a date', { at: new Date(0), b: blob('A') }, { at: new Date(0), b: 'A' }],
    ['text that needs escaping', [blob('a"b\\c\n\u0001é\u2028')], ['a"b\\c\n\u0001é\u2028']],
    [
      'an image behind text that needs escaping',
      { content: JsonBlob.join([blob('Here:\n\n'), blob(BASE64), blob(')')]) },
      { content: `Here:\n\n${BASE64})` },
    ],
    ['no blob', { a: [1, 'é"', null, true] }, { a: [1, 'é"', null, true] }],
  ])('writes %s as JSON.stringify would', (_name, value, plain) => {
    expect(written(value)).toBe(JSON.stringify(plain));
  });

  it('writes an image unchanged, whatever text it is joined with', () => {
    const image = Buffer.from(BASE64);
    const joined = JsonBlob.join([blob('a "line"\n'), new JsonBlob([image], true)]);
    const { chunks } = serialiseBlobJson({ content: joined });
    expect(chunks.some((chunk) => chunk === image)).toBe(true);
  });

  it('writes a key named __proto__', () => {
    const value = JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>;
    expect(written({ value, b: blob('A') })).toBe('{"value":{"__proto__":{"a":1}},"b":"A"}');
  });

  it('puts the blobs’ own chunks into the document, without a copy', () => {
    const chunk = Buffer.from(BASE64);
    const { chunks } = serialiseBlobJson({ a: new JsonBlob([chunk], true) });
    expect(chunks).toHaveLength(3);
    expect(chunks[1]).toBe(chunk);
  });

  it('escapes characters that are cut between chunks', () => {
    const bytes = Buffer.from('"é\u{1f600}\\');
    const cut = JsonBlob.from([...bytes].map((byte) => Buffer.from([byte])));
    expect(written([cut])).toBe(JSON.stringify(['"é\u{1f600}\\']));
  });

  it('does not change the value', () => {
    const value = { a: [blob('A')] };
    written(value);
    expect(value.a[0]).toBeInstanceOf(JsonBlob);
  });

  it('cannot be tricked into writing a blob in place of a text', () => {
    const uuids = jest.spyOn(crypto, 'randomUUID');
    written([blob('A')]);
    const token = String(uuids.mock.results[0]?.value);
    uuids.mockRestore();
    expect(written([token, blob('A'), { [token]: token }])).toBe(
      JSON.stringify([token, 'A', { [token]: token }]),
    );
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', { a: 1n }],
  ])('refuses %s', (_name, value) => {
    expect(() => serialiseBlobJson(value)).toThrow(TypeError);
  });
});
