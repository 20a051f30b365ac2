import sharp from 'sharp';
import { JsonBlob } from '../json/json-blob';
import { MemoryBudget } from '../memory/memory-budget';
import { RequestMemory } from '../memory/request-memory';
import { SlabPool } from '../memory/slab-pool';
import { standardImage } from './standard-image';

type Format = 'png' | 'jpeg' | 'webp';

async function imageOf(format: Format): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 64, height: 48, channels: 3, background: '#000', noise } as const;
  return sharp({ create }).toFormat(format).toBuffer();
}

/** In lines of 76 characters, as MIME has it. */
const wrapped = (base64: string, end = '\n'): string => base64.replace(/.{76}/g, `$&${end}`);
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
      expect(standardImage(data, { memory, signal })).toBe(data);
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
      const standard = await standardImage(blobOf(write(bytes)), { memory, signal });
      expect(standard?.toText()).toBe(bytes.toString('base64'));
    });

    it.each([1, 2, 3, 4].map((cut) => [cut]))('knows one that lacks %d characters', async (cut) => {
      const bytes = (await imageOf(format)).toString('base64').replace(/=+$/, '');
      const data = blobOf(`\n${bytes.slice(0, -cut - 4)}`);
      const standard = await standardImage(data, { memory, signal });
      // Where it ends with a whole quartet nothing tells but what reads the image.
      expect(standard === undefined || standard.byteLength % 4 === 0).toBe(true);
      if ((bytes.length - cut - 4) % 4 !== 0) {
        expect(standard).toBeUndefined();
      }
    });
  });

  it('counts the copy as long as the request lasts', async () => {
    const text = wrapped((await imageOf('png')).toString('base64'));
    await standardImage(blobOf(text), { memory, signal });
    expect(budget.bytes).toBe(Buffer.from(text).length - (text.match(/\n/g)?.length ?? 0));
    memory.release();
    expect(budget.bytes).toBe(0);
  });

  it('takes nothing else, and holds nothing for it', async () => {
    expect(await standardImage(blobOf('not base64!'), { memory, signal })).toBeUndefined();
    expect(budget.bytes).toBe(0);
  });

  it('throws the reason of a signal that is aborted', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(standardImage(blobOf('AA AA'), { memory, signal: gone })).rejects.toThrow('gone');
  });
});
