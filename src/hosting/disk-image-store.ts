import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, opendir, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileName } from './file-name';
import { FileWriter } from './file-writer';
import type { ByteRange, ImageFile, ImageStore, StoredImage, Swept } from './image-store';
import { whileRenewed } from './while-renewed';

/** A write takes at most ten seconds, so an older partial file was left behind by a crash. */
const LEFTOVER_AFTER_MS = 60_000;
/** How old the lock of a sweep must be before another process takes it over. */
const LOCK_LASTS_MS = 60_000;
const LOCK_RENEWED_MS = 15_000;

const LOCK = '.sweeping';
/** The suffix of a file that is still being written. */
const PARTIAL = /^\.([^.]+\.[a-z]+)\.[0-9a-f]{16}\.part$/;

interface IndexEntry {
  readonly byteLength: number;
  readonly storedAt: number;
}

/**
 * Images as files in one folder. A file gets its name once all of it is on disk, so a crash leaves
 * no partial image. The folder never exceeds its maximum size: the oldest images are deleted first.
 */
export class DiskImageStore implements ImageStore {
  readonly kind = 'disk';
  private readonly writer = new FileWriter();
  /** By file name, oldest first. */
  private readonly index = new Map<string, IndexEntry>();
  private indexedBytes = 0;
  private comingBytes = 0;
  private scanned: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  get heldBytes(): number {
    return this.indexedBytes;
  }

  async write(image: ImageFile, signal: AbortSignal): Promise<void> {
    const { fileName, byteLength } = image;
    if (byteLength > this.maxBytes) {
      throw new Error('the image is larger than the whole store may be');
    }
    this.comingBytes += byteLength;
    try {
      await this.ready();
      await this.makeRoom();
      const path = join(this.folder, `.${fileName}.${randomBytes(8).toString('hex')}.part`);
      try {
        await this.writer.write(path, image, signal);
        await rename(path, join(this.folder, fileName));
      } catch (error) {
        await unlinkIfThere(path);
        throw error;
      }
      this.add(fileName, { byteLength, storedAt: Date.now() });
    } finally {
      this.comingBytes -= byteLength;
    }
    // Of images written at the same time, not all may fit.
    await this.makeRoom();
  }

  async open(fileName: string): Promise<StoredImage | undefined> {
    const handle = await open(join(this.folder, fileName), constants.O_RDONLY).catch(ifThere);
    if (handle === undefined) {
      return undefined;
    }
    const { size, mtimeMs } = await handle.stat();
    return {
      byteLength: size,
      storedAt: mtimeMs,
      read: (range?: ByteRange) => Promise.resolve(handle.createReadStream({ ...range })),
      close: () => handle.close(),
    };
  }

  async sweep(before: number | undefined, signal: AbortSignal): Promise<Swept> {
    await this.ready();
    if (!(await this.lock())) {
      return { byAge: 0, bySize: 0 };
    }
    const lock = join(this.folder, LOCK);
    const renew = () => utimes(lock, new Date(), new Date());
    try {
      return await whileRenewed({ everyMs: LOCK_RENEWED_MS, renew }, () =>
        this.deleteBefore(before, signal),
      );
    } finally {
      await unlinkIfThere(lock);
    }
  }

  private async deleteBefore(before: number | undefined, signal: AbortSignal): Promise<Swept> {
    await this.scan();
    const old = [...this.index]
      .filter(([, { storedAt }]) => before !== undefined && storedAt < before)
      .map(([fileName]) => fileName);
    for (const fileName of old) {
      signal.throwIfAborted();
      await this.delete(fileName);
    }
    return { byAge: old.length, bySize: await this.makeRoom() };
  }

  /** Scans the folder, creating it if it is missing. After a failure it is tried again. */
  private ready(): Promise<void> {
    this.scanned ??= mkdir(this.folder, { recursive: true })
      .then(() => this.scan())
      .catch((error: unknown) => {
        this.scanned = undefined;
        throw error;
      });
    return this.scanned;
  }

  /**
   * Registers what other processes have written and deleted, and removes what crashes have left
   * behind.
   */
  private async scan(): Promise<void> {
    const found: [string, IndexEntry][] = [];
    const present = new Set<string>();
    for await (const { name } of await opendir(this.folder)) {
      if (PARTIAL.test(name)) {
        await this.clearLeftover(name);
      } else if (isFileName(name)) {
        present.add(name);
        if (!this.index.has(name)) {
          const status = await stat(join(this.folder, name)).catch(ifThere);
          if (status !== undefined) {
            found.push([name, { byteLength: status.size, storedAt: status.mtimeMs }]);
          }
        }
      }
    }
    for (const name of this.index.keys()) {
      // Files written while the folder was being read may be missing from the listing.
      if (
        !present.has(name) &&
        (await stat(join(this.folder, name)).catch(ifThere)) === undefined
      ) {
        this.remove(name);
      }
    }
    if (found.length > 0) {
      this.merge(found);
    }
  }

  private merge(found: readonly [string, IndexEntry][]): void {
    const all = [...this.index, ...found.filter(([name]) => !this.index.has(name))];
    this.index.clear();
    this.indexedBytes = 0;
    for (const [name, entry] of all.sort(([, a], [, b]) => a.storedAt - b.storedAt)) {
      this.add(name, entry);
    }
  }

  private async clearLeftover(name: string): Promise<void> {
    const path = join(this.folder, name);
    const status = await stat(path).catch(ifThere);
    if (status !== undefined && status.mtimeMs < Date.now() - LEFTOVER_AFTER_MS) {
      await unlinkIfThere(path);
    }
  }

  /** Deletes the oldest images until the existing and incoming ones fit; returns how many. */
  private async makeRoom(): Promise<number> {
    let deleted = 0;
    for (const fileName of this.index.keys()) {
      if (this.indexedBytes + this.comingBytes <= this.maxBytes) {
        break;
      }
      await this.delete(fileName);
      deleted += 1;
    }
    return deleted;
  }

  private async delete(fileName: string): Promise<void> {
    this.remove(fileName);
    await unlinkIfThere(join(this.folder, fileName));
  }

  private add(fileName: string, entry: IndexEntry): void {
    // A scan may have registered it first.
    this.remove(fileName);
    this.index.set(fileName, entry);
    this.indexedBytes += entry.byteLength;
  }

  private remove(fileName: string): void {
    this.indexedBytes -= this.index.get(fileName)?.byteLength ?? 0;
    this.index.delete(fileName);
  }

  /** Whether this process gets to sweep. */
  private async lock(): Promise<boolean> {
    const path = join(this.folder, LOCK);
    const status = await stat(path).catch(ifThere);
    if (status !== undefined && status.mtimeMs < Date.now() - LOCK_LASTS_MS) {
      await unlinkIfThere(path);
    }
    try {
      await writeFile(path, '', { flag: 'wx' });
      return true;
    } catch (error) {
      return ifCode(error, 'EEXIST', false);
    }
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(ifThere);
}

function ifThere(error: unknown): undefined {
  ifCode(error, 'ENOENT', undefined);
}

function ifCode<T>(error: unknown, code: string, value: T): T {
  if ((error as NodeJS.ErrnoException).code === code) {
    return value;
  }
  throw error;
}
