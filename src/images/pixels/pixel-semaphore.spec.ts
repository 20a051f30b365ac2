import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { MemoryBudget } from '../../memory/memory-budget';
import { RequestMemory } from '../../memory/request-memory';
import { SlabPool } from '../../memory/slab-pool';
import { ImageEncoder } from './image-encoder';
import { InputReader } from './input-reader';
import { MaskComposer } from './mask-composer';
import { MaskReader } from './mask-reader';
import { PixelSemaphore } from './pixel-semaphore';

const SIDE = 64;
const PIXELS = SIDE * SIDE;

/** What work with pixels holds of its request's memory while it lasts. */
describe('the memory of work with pixels', () => {
  const semaphore = new PixelSemaphore();
  const create = { width: SIDE, height: SIDE, channels: 4, background: '#0000' } as const;

  /** The most that was held at a time beyond `files`, and what is left in the end. */
  async function heldBy(work: (memory: RequestMemory) => Promise<unknown>) {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY, 0);
    const memory = new RequestMemory(new SlabPool(), budget);
    let most = 0;
    const hold = memory.hold.bind(memory);
    memory.hold = (bytes) => {
      const held = hold(bytes);
      most = Math.max(most, budget.bytes);
      return held;
    };
    await work(memory);
    return { most, left: budget.bytes };
  }

  it.each<[string, number, (memory: RequestMemory) => Promise<unknown>]>([
    [
      'transcoding',
      4,
      async (memory) => {
        const image = await encodeBase64(await sharp({ create }).png().toBuffer());
        return new ImageEncoder(semaphore).encode(image, { format: 'webp' }, { memory });
      },
    ],
    [
      'turning an input upright',
      4,
      async (memory) => {
        const lying = sharp({ create }).withMetadata({ orientation: 6 }).png();
        return new InputReader(semaphore).read(await encodeBase64(await lying.toBuffer()), {
          memory,
        });
      },
    ],
    [
      'reading a mask',
      4,
      async (memory) => {
        const mask = await encodeBase64(await sharp({ create }).png().toBuffer());
        return new MaskReader(semaphore).read(mask, { width: SIDE, height: SIDE }, { memory });
      },
    ],
    [
      'laying a response over its original',
      9,
      async (memory) => {
        const image = await encodeBase64(await sharp({ create }).png().toBuffer());
        const edit = { original: image, mask: image, generated: image };
        return new MaskComposer(semaphore).compose(edit, { format: 'png' }, { memory });
      },
    ],
  ])('%s takes %i bytes to a pixel, and gives them back', async (_name, bytesPerPixel, work) => {
    const { most, left } = await heldBy(work);
    const files = most - bytesPerPixel * PIXELS;
    expect(files).toBeGreaterThan(0);
    expect(files).toBeLessThan(4096);
    expect(left).toBe(0);
  });

  it('is given back by work that fails', async () => {
    const { left } = await heldBy((memory) =>
      semaphore
        .run(1000, { memory }, () => Promise.reject(new Error('broken')))
        .catch(() => undefined),
    );
    expect(left).toBe(0);
  });
});
