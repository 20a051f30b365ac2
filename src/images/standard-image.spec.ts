import sharp from 'sharp';
import { JsonBlob } from '../json/json-blob';
import { MemoryBudget } from '../memory/memory-budget';
import { RequestMemory } from '../memory/request-memory';
import { SlabPool } from '../memory/slab-pool';
import { InputReader } from './pixels/input-reader';
import { PixelSemaphore } from './pixels/pixel-semaphore';
import { standardImage } from './standard-image';

type Format = 'png' | 'jpeg' | 'webp';

async function imageOf(format: Format): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 64, height: 48, channels: 3, background: '#000', noise } as const;
  return sharp({ create }).toFormat(format).toBuffer();
}

/** In lines of 76 characters, as MIME has it. */
const wrapped = (base64: string, end = '\n'): string => base64.replace(/.{76}/g, `$&${end}`);
const reader = new InputReader(new PixelSemaphore());
const reads = async (data: JsonBlob): Promise<boolean> => (await reader.read(data)).ok;
const urlSafe = (bytes: Buffer): string => bytes.toString('base64url');

describe('standardImage', () => {
  let budget: MemoryBudget;
  let memory: RequestMemory;
  const signal = new AbortController().signal;

  beforeEach(() => {
    budget = new MemoryBudget(1e9, 0);
    memory = new RequestMemory(new SlabPool(), budget);
  });

  /** In chunks of which none ends where a line does. */
  const blobOf = (text: string): JsonBlob => {
    const bytes = Buffer.from(text);
    const chunks = [];
    for (let at = 0; at < bytes.length; at += 101) {
      chunks.push(bytes.subarray(at, at + 101));
    }
    return JsonBlob.from(chunks);
  };

  it.each<Format>(['png', 'jpeg', 'webp'])(
    'gives a %s on as it came, without a promise or a copy',
    async (format) => {
      const data = blobOf((await imageOf(format)).toString('base64'));
      expect(standardImage(data, { memory, signal }, reads)).toBe(data);
      expect(budget.bytes).toBe(0);
    },
  );

  describe.each<Format>(['png', 'jpeg', 'webp'])('of a %s', (format) => {
    it.each<[string, (bytes: Buffer) => string]>([
      ['in lines', (bytes) => wrapped(bytes.toString('base64'))],
      ['in lines that end as in MIME', (bytes) => wrapped(bytes.toString('base64'), '\r\n')],
      ['with a line end behind it', (bytes) => `${bytes.toString('base64')}\n`],
      ['in the URL-safe alphabet', urlSafe],
      ['in the URL-safe alphabet, in lines', (bytes) => wrapped(urlSafe(bytes))],
      ['without padding', (bytes) => bytes.toString('base64').replace(/=+$/, '')],
      ['as a data URI', (bytes) => `data:image/x;base64,${bytes.toString('base64')}`],
      ['as a data URI in lines', (bytes) => ` data:;base64,\n${wrapped(urlSafe(bytes))}`],
    ])('makes standard base64 %s', async (_name, write) => {
      const bytes = await imageOf(format);
      const standard = await standardImage(blobOf(write(bytes)), { memory, signal }, reads);
      expect(standard?.toText()).toBe(bytes.toString('base64'));
    });

    it.each([1, 2, 3, 4].map((cut) => [cut]))('knows one that lacks %d characters', async (cut) => {
      const bytes = (await imageOf(format)).toString('base64').replace(/=+$/, '');
      const data = blobOf(`\n${bytes.slice(0, -cut - 4)}`);
      const standard = await standardImage(data, { memory, signal }, reads);
      // Where it ends with a whole quartet nothing tells but what reads the image.
      expect(standard === undefined || standard.byteLength % 4 === 0).toBe(true);
      if ((bytes.length - cut - 4) % 4 !== 0) {
        expect(standard).toBeUndefined();
      }
    });
  });

  // Without padding, which might have been cut off with the end of the image.
  it.each([
    ['without its end marker', 2, true],
    ['that ends within its pixels', 8, false],
    ['that ends in the middle', 1000, false],
  ])('of a JPEG %s looks at the pixels', async (_name, missing, isTaken) => {
    const jpeg = await imageOf('jpeg');
    const length = jpeg.length - missing;
    // Space behind the head of the file, so that there would be padding.
    const comment = Buffer.from([0xff, 0xfe, 0, 2 + ((4 - (length % 3)) % 3)]);
    const filler = Buffer.alloc((4 - (length % 3)) % 3);
    const bytes = Buffer.concat([jpeg.subarray(0, 2), comment, filler, jpeg.subarray(2, length)]);
    expect(bytes.toString('base64')).toMatch(/=$/);
    const standard = await standardImage(
      blobOf(bytes.toString('base64').replace(/=+$/, '')),
      { memory, signal },
      reads,
    );
    expect(standard?.toText()).toBe(isTaken ? bytes.toString('base64') : undefined);
  });

  it('counts the copy as long as the request lasts', async () => {
    const text = wrapped((await imageOf('png')).toString('base64'));
    await standardImage(blobOf(text), { memory, signal }, reads);
    expect(budget.bytes).toBe(Buffer.from(text).length - (text.match(/\n/g)?.length ?? 0));
    memory.release();
    expect(budget.bytes).toBe(0);
  });

  it('accepts nothing else, and reserves nothing for it', async () => {
    expect(await standardImage(blobOf('not base64!'), { memory, signal }, reads)).toBeUndefined();
    expect(budget.bytes).toBe(0);
  });

  it('throws the reason of a signal that is aborted', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(standardImage(blobOf('AA AA'), { memory, signal: gone }, reads)).rejects.toThrow(
      'gone',
    );
  });
});
