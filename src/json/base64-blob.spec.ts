import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  drainToBase64,
  encodeBase64,
  encodedByteLength,
  looksLikeWholeBase64,
  normaliseBase64,
} from './base64-blob';
import { decodeBase64, decodedPieces } from './base64-decoder';
import { JsonBlob } from './json-blob';

/** Some megabytes that do not repeat, of a length that leaves every kind of padding. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) {
    bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  }
  return bytes;
}

/** The bytes, cut wherever a number says that the next slice is so long. */
function slicesOf(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const slices: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    slices.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...slices, bytes.subarray(at)];
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

  it('encode slices as they do the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60_000 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 6 }),
        async (length, cuts) => {
          const bytes = bytesOf(length);
          const encoded = await encodeBase64(slicesOf(bytes, cuts));
          expect(encoded.toText() === bytes.toString('base64')).toBe(true);
        },
      ),
    );
  });

  it('join very short slices', async () => {
    const bytes = bytesOf(50_000);
    const slices = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    const encoded = await encodeBase64(slices);
    expect(encoded.toText() === bytes.toString('base64')).toBe(true);
    expect(encoded.chunks.length).toBeLessThan(100);
  });

  it('accept any chunks', async () => {
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

  it('encode and decode nothing', async () => {
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

  it('end if the slices are taken away meanwhile', async () => {
    const slices = [Buffer.from(bytesOf(3_000_000).toString('base64'))];
    const decoding = decodeBase64(JsonBlob.from(slices));
    const pieces = decodedPieces(JsonBlob.from(slices), new AbortController().signal);
    expect(pieces.next().done).toBe(false);
    slices.length = 0;
    expect(await decoding).toBeUndefined();
    expect(() => pieces.next()).toThrow('not clean');
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

describe('normaliseBase64', () => {
  const normalised = async (text: string): Promise<string | undefined> =>
    (await normaliseBase64(blob(text)))?.toText();

  it.each([
    ['what is in order', 'AAEC/+8=', 'AAEC/+8='],
    ['nothing', '', ''],
    ['line breaks', 'AAEC\r\n/+8=\r\n', 'AAEC/+8='],
    ['a blank in front', ' AAEC', 'AAEC'],
    ['the URL-safe alphabet', 'AAEC_-8=', 'AAEC/+8='],
    ['one character of padding missing', 'AAEC/+8', 'AAEC/+8='],
    ['two characters of padding missing', 'AAEC/w', 'AAEC/w=='],
    ['a blank within padding', 'AAEC/w= =', 'AAEC/w=='],
    ['bits that stand for nothing', 'AAEC/x==', 'AAEC/w=='],
  ])('takes %s', async (_name, text, expected) => {
    expect(await normalised(text)).toBe(expected);
  });

  it.each([
    ['a lone character', 'AAECA'],
    ['a character of no alphabet', 'AA.C'],
    ['a quote', 'AA"C'],
    ['letters beyond ASCII', 'AAéC'],
    ['a NUL', 'AA\0C'],
    ['a control character that is no white space', 'AA\u0001C'],
    ['percent signs', 'AAEC/w%3D%3D'],
    ['padding within', 'AA==AAAA'],
    ['padding after a whole quartet', 'AAAA='],
    ['a whole quartet of padding', 'AAAA===='],
    ['too little padding', 'AA='],
    ['too much padding', 'AAA=='],
    ['nothing but padding', '=='],
  ])('refuses %s', async (_name, text) => {
    expect(await normalised(text)).toBeUndefined();
  });

  it('gives the same result however the text is split and formatted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40_000 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 }),
        fc.constantFrom('', '\n', '\r\n', ' '),
        fc.constantFrom('base64', 'base64url'),
        async (length, cuts, separator, alphabet: 'base64' | 'base64url') => {
          const bytes = bytesOf(length);
          const text = bytes.toString(alphabet).replace(/.{76}/g, `$&${separator}`);
          const result = await normaliseBase64(JsonBlob.from(slicesOf(Buffer.from(text), cuts)));
          expect(result?.toText() === bytes.toString('base64')).toBe(true);
          expect(result?.escapeFree).toBe(true);
        },
      ),
    );
  });

  it('does not copy valid base64', async () => {
    const text = Buffer.from(bytesOf(300_000).toString('base64'));
    const result = await normaliseBase64(JsonBlob.from(text));
    expect(result?.chunks.every((chunk) => chunk.buffer === text.buffer)).toBe(true);
  });

  it('lets others have the event loop in between, and stops when the signal is aborted', async () => {
    const order: string[] = [];
    const data = blob('A'.repeat(4_000_000));
    const work = normaliseBase64(data).then(() => order.push('done'));
    setImmediate(() => order.push('another'));
    await work;
    expect(order).toEqual(['another', 'done']);
    const reason = new Error('gone');
    await expect(normaliseBase64(data, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('drainToBase64', () => {
  it('encodes like encodeBase64, and empties the list', async () => {
    const slices = [randomBytes(400_000), randomBytes(10), randomBytes(300_001)];
    const bytes = Buffer.concat(slices);
    const data = await drainToBase64(slices);
    expect(data.toText()).toBe(bytes.toString('base64'));
    expect(slices).toEqual([]);
    expect(data.byteLength).toBe(encodedByteLength(bytes.length));
  });

  it('lets go of each slice as soon as it is encoded', async () => {
    const slices = Array.from({ length: 40 }, () => randomBytes(192 * 1024));
    const encoding = drainToBase64(slices);
    await new Promise((resolve) => setImmediate(resolve));
    const left = slices.filter(({ length }) => length > 0).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(40);
    await encoding;
  });
});
