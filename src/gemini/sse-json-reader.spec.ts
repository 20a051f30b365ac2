import fc from 'fast-check';
import { BlobJsonError } from '../json/blob-json.error';
import { JsonBlob } from '../json/json-blob';
import { SseJsonReader } from './sse-json-reader';

const LIMIT = 10_000_000;

/** The events of a stream that comes in these chunks, with text in place of blobs. */
function read(chunks: readonly (string | Buffer)[], maxBytes = LIMIT): readonly unknown[] {
  const reader = new SseJsonReader(maxBytes);
  const events = chunks.flatMap((chunk) => [...reader.push(Buffer.from(chunk))]);
  return [...events, ...reader.end()].map(withText);
}

/** The events told before the fault, and then its reason. */
function toldBeforeFault(chunks: readonly Buffer[]): readonly unknown[] {
  const reader = new SseJsonReader(100);
  const told: unknown[] = [];
  const reason = reasonOf(() => {
    for (const chunk of chunks) {
      for (const event of reader.push(chunk)) {
        told.push(event);
      }
    }
    told.push(...reader.end());
  });
  return [...told, reason];
}

function withText(value: unknown): unknown {
  if (value instanceof JsonBlob) {
    return value.toText();
  }
  if (Array.isArray(value)) {
    return value.map(withText);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withText(member)]))
    : value;
}

function reasonOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof BlobJsonError ? error.reason : error;
  }
}

describe('SseJsonReader', () => {
  it.each<[string, string, readonly unknown[]]>([
    [
      'CRLF, as Google ends lines',
      'data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n',
      [{ a: 1 }, { a: 2 }],
    ],
    ['LF', 'data: {"a":1}\n\ndata: {"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
    ['no space after the colon', 'data:{"a":1}\n\n', [{ a: 1 }]],
    [
      'data on several lines',
      'data: {"a":\r\ndata: 12,\r\ndata: "b":3}\r\n\r\n',
      [{ a: 12, b: 3 }],
    ],
    ['a number that a line ends', 'data: 1\ndata:\n\n', [1]],
    ['fields and comments', ': hi\nevent: x\nid: 1\nretry: 5\ndata: {}\n: bye\n\n', [{}]],
    ['fields that only begin like data', 'dat: 1\ndata\ndatas: 2\nxdata: 3\n\n', []],
    ['lines that are foreign, but beside an event', '<!-- x -->\ndata: {}\n\n<', [{}]],
    ['blocks without data', ': hi\r\n\r\nevent: x\r\n\r\n\r\n\r\n', []],
    ['an end without a blank line', 'data: {"a":1}\n\ndata: {"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['an end without a line end', 'data: {"a":1}', [{ a: 1 }]],
    ['nothing', '', []],
    ['a byte order mark', '\ufeffdata: {"a":1}\r\n\r\ndata: {"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
    ['a byte order mark before a document', '\ufeff{"error":{}}', [{ error: {} }]],
    ['data that is blank', 'data:\n\ndata: \r\ndata:\r\n\r\ndata: {"a":1}\n\ndata:', [{ a: 1 }]],
    ['[DONE], as other vendors end streams', 'data: {"a":1}\n\ndata: [DONE]\n\n', [{ a: 1 }]],
    ['[DONE] at the very end', 'data: {"a":1}\r\n\r\ndata:[DONE]', [{ a: 1 }]],
    ['[DONE] in JSON', 'data: "[DONE]"\n\ndata: ["[DONE]"]\n\n', ['[DONE]', '[DONE]']],
    [
      'a plain document',
      '{\n  "error": {\n\n    "code": 503\n  }\n}\n',
      [{ error: { code: 503 } }],
    ],
    ['an array of events', '[{"a":1}\r\n,\r\n{"a":2}]\r\n', [{ a: 1 }, { a: 2 }]],
    ['a document after events', 'data: {"a":1}\r\n\r\n{"error":{}}', [{ a: 1 }, { error: {} }]],
    ['braces where none begins a document', 'data: {"a":\ndata: {}\ndata:}\n\n', [{ a: {} }]],
  ])('reads %s', (_name, stream, events) => {
    expect(read([stream])).toEqual(events);
  });

  it.each<[string, string, string]>([
    ['an event that is cut', 'data: {"a":"bc', 'truncated'],
    ['a document that is cut', '{"error":', 'truncated'],
    ['no JSON', 'data: hello\n\n', 'malformed'],
    ['a page of a proxy', '<html><h1>Sign in</h1></html>', 'malformed'],
    ['one in lines', '\r\n<html>\r\n<h1>Sign in</h1>\r\n\r\n</html>\r\n', 'malformed'],
    ['a sentence', 'Bad gateway\n', 'malformed'],
    ['a stream that is too long', `data: {}\n\n: ${'x'.repeat(100)}`, 'too_large'],
  ])('tells %s', (_name, stream, reason) => {
    expect(reasonOf(() => read([stream], 100))).toBe(reason);
  });

  it.each<[string, string, readonly unknown[]]>([
    ['no JSON', 'data: {"a":1}\n\ndata: oops\n\n', [{ a: 1 }, 'malformed']],
    ['half an event', 'data: 1\n\ndata: 2\n\ndata: {"a\n\n', [1, 2, 'truncated']],
    ['an end within an event', 'data: {"a":1}\r\n\r\ndata: {"a"', [{ a: 1 }, 'truncated']],
    [
      'too many bytes',
      `data: 1\n\n: ${'x'.repeat(50)}\ndata: 2\n\n${': x\n'.repeat(20)}`,
      [1, 2, 'too_large'],
    ],
  ])('tells the same before %s, whole or byte by byte', (_name, stream, told) => {
    const bytes = Buffer.from(stream);
    expect(toldBeforeFault([bytes])).toEqual(told);
    expect(toldBeforeFault(cut(bytes, [1]))).toEqual(told);
  });

  it('gives an event with the chunk that ends it, and not later', () => {
    const reader = new SseJsonReader(LIMIT);
    const push = (text: string) => [...reader.push(Buffer.from(text))];
    expect(push('data: {"a":1}\r\n')).toEqual([]);
    expect(push('\r')).toEqual([]);
    expect(push('\ndata: {"a"')).toEqual([{ a: 1 }]);
    expect(push(':2}\n\n')).toEqual([{ a: 2 }]);
    expect(reader.end()).toEqual([]);
  });

  it('copies nothing: an image is slices of the chunks in which it arrived', () => {
    const image = Buffer.alloc(5000, 'A');
    const reader = new SseJsonReader(LIMIT);
    const [event] = [Buffer.from('data: {"image":"'), image, Buffer.from('"}\n\n')].flatMap(
      (chunk) => [...reader.push(chunk)],
    );
    const { image: blob } = event as { readonly image: JsonBlob };
    expect(blob.chunks).toHaveLength(1);
    expect(blob.chunks[0]?.buffer).toBe(image.buffer);
  });

  it('reads the same events however the bytes are split', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }).filter((json) => !Array.isArray(json)),
      fc.record({ data: fc.integer({ min: 1, max: 3000 }).map((size) => 'iVBO'.repeat(size)) }),
    );
    const lineEnd = fc.constantFrom('\n', '\r\n');
    const noise = fc.constantFrom('', ': keepalive', 'event: message', 'id: 7');
    const event = fc.record({ value, lineEnd, noise });
    const chunkSizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), chunkSizes, (events, sizes) => {
        const stream = events
          .map((each) => {
            const extra = each.noise === '' ? '' : each.noise + each.lineEnd;
            return `${extra}data: ${JSON.stringify(each.value)}${each.lineEnd}${each.lineEnd}`;
          })
          .join('');
        // As JSON.stringify writes it, minus zero is zero.
        const expected = events.map((each) => JSON.parse(JSON.stringify(each.value)) as unknown);
        expect(read(cut(Buffer.from(stream), sizes))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('reads the same events byte by byte', () => {
    const stream =
      '\ufeffevent: x\r\ndata: {"a":"é"}\r\n\r\n: c\n\ndata:\n\ndata: [1,\ndata: 2]\n\n' +
      'data: [DONE]\n\n{"error":null}\n';
    expect(read(cut(Buffer.from(stream), [1]))).toEqual([{ a: 'é' }, 1, 2, { error: null }]);
  });
});

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
