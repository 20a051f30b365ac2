import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('writes pieces of any size one behind the other', async () => {
    const store = new DiskImageStore(folder, 10_000_000);
    const pieces = [3, 1_500_000, 1, 700_001].map((size, index) => Buffer.alloc(size, index + 1));
    const byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
    const image = { fileName: OLD, byteLength, bytes: () => pieces };
    await store.write(image, new AbortController().signal);
    const stored = await store.open(OLD);
    const read: Buffer[] = [];
    for await (const chunk of (await stored?.read()) ?? []) {
      read.push(chunk as Buffer);
    }
    expect(Buffer.concat(read).equals(Buffer.concat(pieces))).toBe(true);
  });
});
