import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodedPieces } from '../json/base64-decoder';
import { JsonBlob } from '../json/json-blob';
import { DiskImageStore } from './disk-image-store';

const OLD = 'AAAAAAAAAAAAAAAAAAAAAA.png';
const DAY_MS = 86_400_000;

describe('DiskImageStore', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'disk-store-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const put = (name: string, ageMs: number): void => {
    const at = new Date(Date.now() - ageMs);
    writeFileSync(join(folder, name), 'x');
    utimesSync(join(folder, name), at, at);
  };

  it.each<[string, number, boolean]>([
    ['of a process that is alive, and renews it every 15 seconds', 40_000, false],
    ['of one that has died', 61_000, true],
  ])('sweeps or not behind the lock %s', async (_name, ageMs, isSwept) => {
    put(OLD, 2 * DAY_MS);
    put('.sweeping', ageMs);
    const store = new DiskImageStore(folder, 1000);
    const { byAge } = await store.sweep(Date.now() - DAY_MS, new AbortController().signal);
    expect([byAge, existsSync(join(folder, OLD))]).toEqual(isSwept ? [1, false] : [0, true]);
    expect(existsSync(join(folder, '.sweeping'))).toBe(!isSwept);
  });

  async function stored(store: DiskImageStore): Promise<Buffer> {
    const image = await store.open(OLD);
    const read: Buffer[] = [];
    for await (const chunk of (await image?.read()) ?? []) {
      read.push(chunk as Buffer);
    }
    return Buffer.concat(read);
  }

  it('writes pieces of any size one behind the other', async () => {
    const store = new DiskImageStore(folder, 10_000_000);
    const pieces = [3, 1_500_000, 1, 700_001, 2_000_000].map((size, index) =>
      Buffer.alloc(size, index + 1),
    );
    const byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
    const image = { fileName: OLD, byteLength, bytes: () => pieces };
    await store.write(image, new AbortController().signal);
    expect((await stored(store)).equals(Buffer.concat(pieces))).toBe(true);
  });

  it.each([1, 4096, 1_048_575, 1_048_576, 1_048_577, 1_572_864, 1_572_865, 3_145_728, 5_000_001])(
    'writes an image of %i bytes, and no byte beside it',
    async (byteLength) => {
      const store = new DiskImageStore(folder, 100_000_000);
      // The first leaves its bytes in the memory that the second is decoded into.
      for (const bytes of [randomBytes(byteLength + 5000), randomBytes(byteLength)]) {
        const data = JsonBlob.from(Buffer.from(bytes.toString('base64'), 'latin1'));
        const { signal } = new AbortController();
        const image = {
          fileName: OLD,
          byteLength: bytes.length,
          bytes: (memory?: Buffer) => decodedPieces(data, signal, memory),
        };
        await store.write(image, signal);
        expect((await stored(store)).equals(bytes)).toBe(true);
      }
      expect(readdirSync(folder)).toEqual([OLD]);
    },
  );

  it('writes several images at the same time, each into its own file', async () => {
    const store = new DiskImageStore(folder, 100_000_000);
    const { signal } = new AbortController();
    const images = Array.from({ length: 12 }, (_, index) => ({
      fileName: `${String(index).padStart(22, 'A')}.png`,
      bytes: randomBytes(2_000_000 + index),
    }));
    await Promise.all(
      images.map(({ fileName, bytes }) => {
        const data = JsonBlob.from(Buffer.from(bytes.toString('base64'), 'latin1'));
        return store.write(
          {
            fileName,
            byteLength: bytes.length,
            bytes: (memory) => decodedPieces(data, signal, memory),
          },
          signal,
        );
      }),
    );
    for (const { fileName, bytes } of images) {
      expect(readFileSync(join(folder, fileName)).equals(bytes)).toBe(true);
    }
  });

  it('leaves nothing of an image whose bytes turn out to be none', async () => {
    const store = new DiskImageStore(folder, 100_000_000);
    const { signal } = new AbortController();
    const text = Buffer.alloc(8_000_000, 'A').fill('!', 6_000_000, 6_000_001);
    const image = {
      fileName: OLD,
      byteLength: 6_000_000,
      bytes: (memory?: Buffer) => decodedPieces(JsonBlob.from(text), signal, memory),
    };
    await expect(store.write(image, signal)).rejects.toThrow('is not clean');
    expect(readdirSync(folder)).toEqual([]);
  });
});
