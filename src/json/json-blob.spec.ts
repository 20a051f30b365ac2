import { inspect } from 'node:util';
import fc from 'fast-check';
import { JsonBlob } from './json-blob';

const inChunks = (...texts: readonly string[]): JsonBlob =>
  JsonBlob.from(texts.map((text) => Buffer.from(text)));

describe('JsonBlob', () => {
  it('is the length of its chunks together', () => {
    expect(inChunks('ab', '', 'cde').byteLength).toBe(5);
    expect(JsonBlob.from(Buffer.from('abc')).byteLength).toBe(3);
    expect(JsonBlob.from([]).byteLength).toBe(0);
  });

  it('shows any window as the joined bytes would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 8 }), { maxLength: 6 }),
        fc.nat(50),
        fc.nat(50),
        (texts, start, end) => {
          const blob = inChunks(...texts);
          expect(blob.window(start, end)).toEqual(blob.toBuffer().subarray(start, end));
        },
      ),
    );
  });

  it('shows a window inside one chunk without a copy', () => {
    const chunk = Buffer.from('abcdef');
    expect(JsonBlob.from([Buffer.from('xy'), chunk]).window(3, 5).buffer).toBe(chunk.buffer);
  });

  it('cuts any slice out as the joined bytes would, and shares it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 8 }), { maxLength: 6 }),
        fc.nat(50),
        fc.nat(50),
        (texts, start, end) => {
          const blob = inChunks(...texts);
          expect(blob.slice(start, end).toBuffer()).toEqual(blob.toBuffer().subarray(start, end));
        },
      ),
    );
    const chunk = Buffer.from('abcdef');
    expect(JsonBlob.from([chunk]).slice(1, 3).chunks[0]?.buffer).toBe(chunk.buffer);
  });

  it('joins blobs, and tracks which of them need escaping', () => {
    const image = new JsonBlob([Buffer.from('AAAA')], true);
    const text = inChunks('a line\n');
    const nested = JsonBlob.join([JsonBlob.join([text, image]), text]);
    expect(nested.toText()).toBe('a line\nAAAAa line\n');
    expect(nested.escapeFree).toBe(false);
    expect(nested.parts).toEqual([text, image, text]);
    expect(JsonBlob.join([image, image]).escapeFree).toBe(true);
    expect(JsonBlob.join([]).byteLength).toBe(0);
  });

  it('joins characters that are cut between chunks', () => {
    const bytes = Buffer.from('a\u{1f600}é');
    const blob = JsonBlob.from([...bytes].map((byte) => Buffer.from([byte])));
    expect(blob.toText()).toBe('a\u{1f600}é');
  });

  it.each([
    ['base64', 'AAAA/+9=', true],
    ['text with accents', 'déjà vu — \u2028', true],
    ['a quote', 'a"b', false],
    ['a backslash', 'a\\b', false],
    ['a line break', 'a\nb', false],
    ['nothing', '', true],
  ])('tracks whether its bytes need escaping: %s', (_name, text, expected) => {
    expect(inChunks('AAAA', text).escapeFree).toBe(expected);
    expect(inChunks(text).withPrefix('data:image/png;base64,').escapeFree).toBe(expected);
  });

  it('puts a prefix in front and shares the rest', () => {
    const chunk = Buffer.from('AAAA');
    const blob = new JsonBlob([chunk], true);
    const uri = blob.withPrefix('data:image/jpeg;base64,');
    expect(uri.toText()).toBe('data:image/jpeg;base64,AAAA');
    expect(uri.chunks[1]).toBe(chunk);
    expect(uri.escapeFree).toBe(true);
    expect(blob.withPrefix('"').escapeFree).toBe(false);
    expect(blob.toText()).toBe('AAAA');
  });

  it('is never printed by accident', () => {
    const blob = inChunks('secret');
    expect(() => JSON.stringify({ data: blob })).toThrow(TypeError);
    expect(inspect({ data: blob })).toBe('{ data: JsonBlob(6 bytes) }');
    expect(String(blob)).toBe('JsonBlob(6 bytes)');
  });
});
