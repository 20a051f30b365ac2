import crypto from 'node:crypto';
import { inspect } from 'node:util';
import { BlobJsonError } from './blob-json.error';
import { BlobJsonReader, parseBlobJson } from './blob-json-reader';
import { JsonBlob } from './json-blob';

const LONG = 'A'.repeat(2000);

function parse(text: string): unknown {
  return parseBlobJson([Buffer.from(text)]);
}

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof BlobJsonError ? error.reason : inspect(error);
  }
  return 'none';
}

/** The document in two chunks, cut at each place, and in chunks of one byte. */
function everyCut(bytes: Buffer): readonly (readonly Buffer[])[] {
  const inTwo = [...bytes.keys()].map((at) => [bytes.subarray(0, at), bytes.subarray(at)]);
  return [...inTwo, [...bytes].map((byte) => Buffer.from([byte]))];
}

describe('BlobJsonReader', () => {
  it('reads a response of Gemini, whatever its layout', () => {
    const response = {
      candidates: [
        {
          content: {
            parts: [{ text: 'Here:' }, { inlineData: { mimeType: 'image/png', data: LONG } }],
          },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: { totalTokenCount: 3545 },
    };
    const expected = {
      ...response,
      candidates: [
        {
          content: {
            parts: [
              { text: 'Here:' },
              {
                inlineData: {
                  mimeType: 'image/png',
                  data: new JsonBlob([Buffer.from(LONG)], true),
                },
              },
            ],
          },
          finishReason: 'STOP',
        },
      ],
    };
    expect(parse(JSON.stringify(response))).toEqual(expected);
    expect(parse(JSON.stringify(response, null, 2))).toEqual(expected);
    expect(parse(JSON.stringify(response, null, '\r\n\t'))).toEqual(expected);
  });

  it.each([
    [1023, 'string'],
    [1024, 'string'],
    [1025, 'blob'],
  ])('a string of %i bytes is a %s', (length, kind) => {
    const text = 'A'.repeat(length);
    for (const chunks of [
      everyCut(Buffer.from(`["${text}"]`)).at(-1) ?? [],
      [Buffer.from(`["${text}"]`)],
    ]) {
      const [value] = parseBlobJson(chunks) as readonly unknown[];
      expect(value instanceof JsonBlob ? 'blob' : typeof value).toBe(kind);
      expect(value instanceof JsonBlob ? value.toText() : value).toBe(text);
    }
  });

  it('cuts blobs out as slices of the chunks, without a copy', () => {
    const chunks = [Buffer.from(`{"data":"${LONG}`), Buffer.from(LONG), Buffer.from(`${LONG}"}`)];
    const { data } = parseBlobJson(chunks) as { readonly data: JsonBlob };
    expect(data.chunks.map((slice) => slice.buffer)).toEqual(chunks.map((chunk) => chunk.buffer));
    expect(data.chunks.map((slice, index) => slice.buffer === chunks[index]?.buffer)).toEqual([
      true,
      true,
      true,
    ]);
    expect(data.byteLength).toBe(6000);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('ends a string after %i backslashes or not', (count) => {
    const run = '\\'.repeat(count);
    const text = count % 2 === 0 ? `["ABCDEFGH${run}","x"]` : `["ABCDEFGH${run}",1]"]`;
    for (const chunks of everyCut(Buffer.from(text))) {
      const tree = parseBlobJson(chunks, { blobThresholdBytes: 4 }) as readonly unknown[];
      expect(tree.map((item) => (item instanceof JsonBlob ? item.toText() : item))).toEqual(
        JSON.parse(text),
      );
    }
  });

  it.each([
    ['a string', `"${LONG}"`, new JsonBlob([Buffer.from(LONG)], true)],
    ['a short string', '"a"', 'a'],
    ['a number', ' 12 ', 12],
    ['null', 'null', null],
    ['an empty array', '[]', []],
  ])('takes %s by itself', (_name, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('tolerates a byte order mark, also in pieces', () => {
    for (const chunks of everyCut(Buffer.from('\ufeff{"a":1}'))) {
      expect(parseBlobJson(chunks)).toEqual({ a: 1 });
    }
    expect(parse(`\ufeff["${LONG}"]`)).toEqual([new JsonBlob([Buffer.from(LONG)], true)]);
  });

  it('keeps a key named __proto__ harmless, as JSON.parse does', () => {
    const tree = parse(`{"__proto__":"${LONG}","a":{"__proto__":{"x":"${LONG}"}}}`) as object;
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
    expect(Object.entries(tree)).toHaveLength(2);
    expect(Object.entries(tree)[0]?.[1]).toBeInstanceOf(JsonBlob);
    expect('x' in {}).toBe(false);
  });

  it.each<[string, string, unknown]>([
    ['the only one', `{"${LONG}":1}`, {}],
    ['one of several', `{"a":1,"${LONG}":{"b":2},"c":3}`, { a: 1, c: 3 }],
    ['one deep within', `{"a":[{"${LONG}":"${LONG}","b":[]}]}`, { a: [{ b: [] }] }],
    ['two that are equal', `{"${LONG}":1,"${LONG}":2,"a":3}`, { a: 3 }],
  ])('leaves members with a long key out: %s', (_name, text, expected) => {
    for (const chunks of [
      [Buffer.from(text)],
      [...Buffer.from(text)].map((n) => Buffer.from([n])),
    ]) {
      expect(parseBlobJson(chunks)).toEqual(expected);
    }
  });

  it('lets the last of equal keys win', () => {
    const blob = new JsonBlob([Buffer.from(LONG)], true);
    expect(parse(`{"a":"${LONG}","a":1}`)).toEqual({ a: 1 });
    expect(parse(`{"a":1,"a":"${LONG}"}`)).toEqual({ a: blob });
  });

  it('survives a tree deeper than the call stack', () => {
    const depth = 200_000;
    const text = `{"a":${'['.repeat(depth)}"${LONG}"${']'.repeat(depth)}}`;
    let node = (parse(text) as { readonly a: unknown }).a;
    while (Array.isArray(node)) {
      node = node[0] as unknown;
    }
    expect(node).toBeInstanceOf(JsonBlob);
  });

  it('replaces invalid UTF-8, in short strings and in the text of long ones', () => {
    const bytes = Buffer.from(`["\xff","${LONG}\xff"]`, 'latin1');
    const [short, long] = parseBlobJson([bytes]) as readonly [string, JsonBlob];
    expect(short).toBe('\ufffd');
    expect(long.toText()).toBe(`${LONG}\ufffd`);
  });

  it('cannot be tricked into reading a text as a token', () => {
    const uuids = jest.spyOn(crypto, 'randomUUID');
    parse(`["${LONG}"]`);
    const earlier = uuids.mock.results.map((result) => String(result.value));
    uuids.mockRestore();
    expect(earlier).toHaveLength(1);
    const forged = [...earlier, ...earlier.map((nonce) => `${nonce}:0`)];
    const tree = parse(JSON.stringify({ forged, [`${String(earlier[0])}:0`]: LONG }));
    expect(tree).toMatchObject({ forged });
  });

  it('compares tokens exactly', () => {
    // Even with the nonce known, only the whole token in the place of a value is one.
    const nonce = crypto.randomUUID();
    const uuids = jest.spyOn(crypto, 'randomUUID').mockReturnValue(nonce);
    const others = [nonce, `${nonce}:`, `${nonce}:1`, `${nonce}:00`, ` ${nonce}:0`, `${nonce}:0 `];
    const tree = parse(JSON.stringify({ others, long: LONG })) as { readonly others: unknown };
    uuids.mockRestore();
    expect(tree.others).toEqual(others);
  });

  describe('refuses', () => {
    it.each([
      ['nothing at all', '', 'truncated'],
      ['white space only', ' \r\n\t ', 'truncated'],
      ['an open object', '{"a":1', 'truncated'],
      ['an open array', '{"a":[1,', 'truncated'],
      ['an open array with brackets in its strings', '["]\\"]",', 'truncated'],
      ['an open string', '{"a":"b', 'truncated'],
      ['an open long string', `{"a":"${LONG}`, 'truncated'],
      ['a string that ends in a backslash', '{"a":"b\\', 'truncated'],
      ['an HTML page', '<html lang="en">Bad gateway</html>', 'malformed'],
      ['two documents', '{"a":"]"}{"b":"["}', 'malformed'],
      ['a trailing comma', '{"a":1,}', 'malformed'],
      ['too many brackets', '{"a":1}}', 'malformed'],
      ['a bad escape in a long string', `["${LONG}\\x"]`, 'malformed'],
      ['a line break in a long string', `["${LONG}\n"]`, 'malformed'],
      ['a line break in a short string', '["\n"]', 'malformed'],
      ['a long key without a value', `{"${LONG}"}`, 'malformed'],
      ['a bad escape in a long key', `{"${LONG}\\x":1}`, 'malformed'],
    ])('%s', (_name, text, reason) => {
      expect(reasonOf(() => parse(text))).toBe(reason);
      expect(
        reasonOf(() => parseBlobJson([...Buffer.from(text)].map((n) => Buffer.from([n])))),
      ).toBe(reason);
    });

    it('a document cut off after any of its bytes', () => {
      const whole = Buffer.from(
        ' {"text":"a\\"\\u00e9é","n":[-1.5e3,true,null],"data":"AAAAAAAAAAAA\\u003d\\\\","o":{"k":"{["}}',
      );
      for (const at of whole.keys()) {
        const reason = reasonOf(() =>
          parseBlobJson([whole.subarray(0, at)], { blobThresholdBytes: 8 }),
        );
        expect([at, reason]).toEqual([at, 'truncated']);
      }
      expect(reasonOf(() => parseBlobJson([whole], { blobThresholdBytes: 8 }))).toBe('none');
    });

    it('a document over its limit of bytes, with the chunk that goes over it', () => {
      const reader = new BlobJsonReader({ maxBytes: 10 });
      reader.push(Buffer.from('["AAAAAA"]'));
      expect(
        reasonOf(() => {
          reader.push(Buffer.from(' '));
        }),
      ).toBe('too_large');
      expect(reasonOf(() => parseBlobJson([Buffer.from('["AAAAAA"]')], { maxBytes: 10 }))).toBe(
        'none',
      );
    });

    it.each([
      ['white space', ' '.repeat(101)],
      ['short strings', `[${'"AAAA",'.repeat(20)}`],
      ['many blobs', `[${`"${LONG}",`.repeat(20)}`],
    ])('a skeleton over its limit: %s', (_name, text) => {
      const reader = new BlobJsonReader({ maxBytes: 1e6, maxSkeletonBytes: 100 });
      expect(
        reasonOf(() => {
          reader.push(Buffer.from(text));
        }),
      ).toBe('structure_too_large');
    });

    it('but not a long string for the size of the skeleton', () => {
      const text = `["${'A'.repeat(100_000)}"]`;
      const [blob] = parseBlobJson([Buffer.from(text)], { maxSkeletonBytes: 100 }) as [JsonBlob];
      expect(blob.byteLength).toBe(100_000);
    });

    it('without quoting the document in the error', () => {
      for (const text of ['{"secret', '{secret}', `["${LONG}secret\\x"]`, `{"secret${LONG}":1,}`]) {
        let caught: unknown;
        try {
          parse(text);
        } catch (error) {
          caught = error;
        }
        expect(caught).toBeInstanceOf(BlobJsonError);
        expect(inspect(caught, { depth: 9 }).split('\n')[0]).not.toContain('secret');
        expect((caught as Error).cause).toBeUndefined();
      }
    });
  });

  it('allows control characters in long strings if configured', () => {
    const [blob] = parseBlobJson([Buffer.from(`["${LONG}\n"]`)], { allowControls: true }) as [
      JsonBlob,
    ];
    expect(blob.toText()).toBe(`${LONG}\n`);
  });
});
