import { hash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SweepLock } from './sweep-lock';

const ABANDONED_MS = 61_000;
const TOKEN = 'of a process that has died';
/** The file of a process that removes the lock with this token. */
const REMOVAL = `.sweeping.lock.${hash('sha256', `${TOKEN} 0`).slice(0, 16)}.part`;

describe('SweepLock', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-lock-'));
    path = join(folder, '.sweeping');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** As if it was last renewed so long ago. */
  function age(ms: number): void {
    const at = new Date(Date.now() - ms);
    utimesSync(path, at, at);
  }

  it.each<[string, number | undefined, boolean]>([
    ['where there is none', undefined, true],
    ['that another process holds', 40_000, false],
    ['that a process has left behind', ABANDONED_MS, true],
  ])('is acquired, or not: one %s', async (_name, ageMs, expected) => {
    if (ageMs !== undefined) {
      writeFileSync(path, 'of another process');
      age(ageMs);
    }
    const lock = new SweepLock(folder);
    expect([await lock.acquire(), lock.isHeld]).toEqual([expected, expected]);
    await lock.release();
    expect(existsSync(path)).toBe(!expected);
    expect(readdirSync(folder).filter((name) => name !== '.sweeping')).toEqual([]);
  });

  it.each<[string, number]>([
    ['the same abandoned one', 0],
    ['the same abandoned one, and a file of a process that died while it removed that', 1],
  ])('is acquired by one of many that find %s', async (_name, leftovers) => {
    const removal = join(folder, REMOVAL);
    for (let round = 0; round < 100; round += 1) {
      writeFileSync(path, TOKEN);
      age(ABANDONED_MS);
      if (leftovers > 0) {
        writeFileSync(removal, '');
        utimesSync(removal, statSync(path).atime, statSync(path).mtime);
      }
      const locks = Array.from({ length: 8 }, () => new SweepLock(folder));
      const acquired = await Promise.all(locks.map((lock) => lock.acquire()));
      expect(acquired.filter(Boolean)).toHaveLength(1);
      await Promise.all(locks.map((lock) => lock.release()));
      expect(readdirSync(folder)).toHaveLength(leftovers);
    }
  });

  it('is not acquired while another process removes the abandoned one', async () => {
    const token = 'of a process that has died';
    writeFileSync(path, TOKEN);
    age(ABANDONED_MS);
    const removal = join(
      folder,
      `.sweeping.lock.${hash('sha256', `${token} 0`).slice(0, 16)}.part`,
    );
    writeFileSync(removal, '');
    expect(await new SweepLock(folder).acquire()).toBe(false);
  });

  it('is renewed and released by its process', async () => {
    const lock = new SweepLock(folder);
    await lock.acquire();
    age(40_000);
    await lock.renew();
    expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 20_000);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left to the process that has taken it over', async () => {
    const [suspended, successor] = [new SweepLock(folder), new SweepLock(folder)];
    await suspended.acquire();
    age(ABANDONED_MS);
    expect(await successor.acquire()).toBe(true);
    age(30_000);
    const { mtimeMs } = statSync(path);
    await suspended.renew();
    expect([suspended.isHeld, statSync(path).mtimeMs]).toEqual([false, mtimeMs]);
    await suspended.release();
    expect(existsSync(path)).toBe(true);
    await successor.release();
    expect(existsSync(path)).toBe(false);
  });

  it('is gone for a process whose lock was deleted', async () => {
    const lock = new SweepLock(folder);
    await lock.acquire();
    rmSync(path);
    await lock.renew();
    expect(lock.isHeld).toBe(false);
  });
});
