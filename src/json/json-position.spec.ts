import { BlobJsonReader } from './blob-json-reader';
import type { JsonPosition } from './json-position';

const LONG = 'x'.repeat(2000);

/** Where a document that came in chunks of this size stops being JSON. */
function positionIn(document: string, chunkBytes: number): JsonPosition | undefined {
  const reader = new BlobJsonReader({ maxBytes: Number.POSITIVE_INFINITY });
  const bytes = Buffer.from(document);
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      reader.push(Buffer.from(bytes.subarray(at, at + chunkBytes)));
    }
    reader.end();
  } catch {
    return reader.faultPosition;
  }
  throw new Error('it is JSON');
}

describe('the position of a fault', () => {
  it.each<[string, string, JsonPosition | undefined]>([
    ['a comma too many', '{"a": 1,\n}', { what: 'token', line: 2, column: 1 }],
    ['behind a byte order mark', '\ufeff{a}', { what: 'token', line: 1, column: 2 }],
    ['characters, not bytes', '{"é🚀": x}', { what: 'token', line: 1, column: 8 }],
    ['an early end', '{"a": [1,\n  2', { what: 'end', line: 2, column: 4 }],
    ['nothing at all', ' ', { what: 'end', line: 1, column: 2 }],
    ['behind a long string', `{"a":"${LONG}" x}`, { what: 'token', line: 1, column: 2009 }],
    [
      'behind a long string with escapes',
      `{"a":"\\/${LONG}","b":"${LONG}" x}`,
      { what: 'token', line: 1, column: 4018 },
    ],
    [
      'behind a long string that is not ASCII: only the line is known',
      `{"a":"é${LONG}" x}`,
      { what: 'token', line: 1 },
    ],
    ['on the line after it', `{"a":"é${LONG}",\n "b" x}`, { what: 'token', line: 2, column: 6 }],
    ['a short string without an end', '{"a":\n "b', { what: 'string', line: 2, column: 2 }],
    ['a long string without an end', `{"a":\n "${LONG}`, { what: 'string', line: 2, column: 2 }],
    [
      'a line break inside a long string',
      `{"a":\n  "${LONG}\n"}`,
      { what: 'string', line: 2, column: 3 },
    ],
    [
      'a faulty escape inside a long string',
      `{"a":"${LONG}\\x"}`,
      { what: 'string', line: 1, column: 6 },
    ],
    ['behind a long key', `{"${LONG}":1,}`, { what: 'token', line: 1, column: 2007 }],
  ])('%s', (_name, document, expected) => {
    for (const chunkBytes of [1_000_000, 100, 1]) {
      expect(positionIn(document, chunkBytes)).toEqual(expected);
    }
  });
});
