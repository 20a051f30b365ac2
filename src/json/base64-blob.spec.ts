import fc from 'fast-check';
import { decodeBase64, encodeBase64, looksLikeWholeBase64 } from './base64-blob';
import { JsonBlob } from './json-blob';

/** Some megabytes that do not repeat, of a length that leaves every kind of padding. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) {
    bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  }
  return bytes;
}

function blob(text: string): JsonBlob {
  return JsonBlob.from(Buffer.from(text));
}

describe('encodeBase64 and decodeBase64', () => {
  it.each([1, 2, 3, 196_607, 196_608, 196_609, 2_000_000, 3_145_728])(
    'are inverse to each other for %i bytes',
    async (length) => {
      const bytes = bytesOf(length);
      const encoded = await encodeBase64(bytes);
      expect(encoded.toText() === bytes.toString('base64')).toBe(true);
      expect(encoded.escapeFree).toBe(true);
      expect((await decodeBase64(encoded))?.equals(bytes)).toBe(true);
    },
  );

  it('take any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1 }),
        fc.integer({ min: 1, max: 7 }),
        async (raw, size) => {
          const text = Buffer.from(Buffer.from(raw).toString('base64'));
          const chunks = [...Array(Math.ceil(text.length / size)).keys()].map((index) =>
            text.subarray(index * size, (index + 1) * size),
          );
          expect(await decodeBase64(JsonBlob.from(chunks))).toEqual(Buffer.from(raw));
        },
      ),
    );
  });

  it('make and take nothing', async () => {
    expect((await encodeBase64(Buffer.alloc(0))).byteLength).toBe(0);
    expect(await decodeBase64(blob(''))).toBeUndefined();
  });

  it.each([
    ['a line break', `${'A'.repeat(76)}\r\nAA`],
    ['padding within', 'AAA=AAAA'],
    ['double padding within', 'AA==AAAA'],
    ['other characters', 'AA"AAAAA'],
    ['a missing character', 'AAAAAAA'],
  ])('%s is no clean base64', async (_name, text) => {
    expect(await decodeBase64(blob(text))).toBeUndefined();
  });

  it('stop when the signal is aborted', async () => {
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    const bytes = bytesOf(3_000_000);
    await expect(encodeBase64(bytes, signal)).rejects.toBe(reason);
    await expect(decodeBase64(blob(bytes.toString('base64')), signal)).rejects.toBe(reason);
  });

  it('let others have the event loop in between', async () => {
    const order: string[] = [];
    const bytes = bytesOf(4_000_000);
    const encoding = encodeBase64(bytes).then((encoded) => {
      order.push('encoded');
      return encoded;
    });
    setImmediate(() => order.push('another'));
    const encoded = await encoding;
    const decoding = decodeBase64(encoded).then(() => order.push('decoded'));
    setImmediate(() => order.push('another'));
    await decoding;
    expect(order).toEqual(['another', 'encoded', 'another', 'decoded']);
  });
});

describe('looksLikeWholeBase64', () => {
  it.each([
    ['AAAA', true],
    ['AA+/', true],
    ['AAA=', true],
    ['AA==', true],
    ['A===', false],
    ['====', false],
    ['AA=A', false],
    ['AA', false],
    ['AAAAA', false],
    ['', false],
    ['AA\n=', false],
    ['AA-_', false],
  ])('%j: %s', (text, expected) => {
    expect(looksLikeWholeBase64(blob(text))).toBe(expected);
  });
});
