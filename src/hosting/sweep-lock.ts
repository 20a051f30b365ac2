import { hash, randomBytes } from 'node:crypto';
import { open, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifCode, ifThere, unlinkIfThere } from './missing-file';

/** How old the lock must be before another process takes it over. */
const LASTS_MS = 60_000;

const LOCK = '.sweeping';

/**
 * The lock file of the process that deletes the old images of a folder. A process that has died
 * leaves it behind, so a lock that is no longer renewed is taken over. A process that was only
 * suspended notices that, and leaves the lock of its successor alone.
 */
export class SweepLock {
  private readonly path: string;
  private readonly token = randomBytes(16).toString('hex');
  private held = false;

  constructor(private readonly folder: string) {
    this.path = join(folder, LOCK);
  }

  /** False if another process has taken it over, which is noticed when it is renewed. */
  get isHeld(): boolean {
    return this.held;
  }

  /** Whether this process gets to sweep. */
  async acquire(): Promise<boolean> {
    const abandoned = await abandonedContent(this.path);
    if (abandoned !== undefined) {
      await this.removeAbandoned(abandoned);
    }
    this.held = await createIfAbsent(this.path, this.token);
    return this.held;
  }

  async renew(): Promise<void> {
    if (await this.isOwn()) {
      await utimes(this.path, new Date(), new Date());
    }
  }

  async release(): Promise<void> {
    if (await this.isOwn()) {
      await unlinkIfThere(this.path);
    }
    this.held = false;
  }

  /**
   * Several processes may find the same abandoned lock, and a slow one of them must not remove the new lock of a faster
   * one. So a process first creates a file that is named after the abandoned lock, which only one can, and then looks
   * again. One that is suspended in between may still remove its successor's lock, which the successor notices when it
   * renews it.
   */
  private async removeAbandoned(token: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const name = hash('sha256', `${token} ${attempt}`).slice(0, 16);
      // The name of a partial file: a later sweep deletes it.
      const removal = join(this.folder, `${LOCK}.lock.${name}.part`);
      if (await createIfAbsent(removal, '')) {
        if ((await abandonedContent(this.path)) === token) {
          await unlinkIfThere(this.path);
        }
        await unlinkIfThere(removal);
        return;
      }
      // If a process died here, the next name is tried: whoever deleted its file could delete the one of a faster process.
      if ((await abandonedContent(removal)) === undefined) {
        return;
      }
    }
  }

  private async isOwn(): Promise<boolean> {
    this.held &&= (await readFile(this.path, 'latin1').catch(ifThere)) === this.token;
    return this.held;
  }
}

/** @returns whether it has created the file */
async function createIfAbsent(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    return ifCode(error, 'EEXIST', false);
  }
}

/** What is in a file that no process has touched for a minute; undefined if there is none, or if it is newer. */
async function abandonedContent(path: string): Promise<string | undefined> {
  const file = await open(path).catch(ifThere);
  if (file === undefined) {
    return undefined;
  }
  try {
    const { mtimeMs } = await file.stat();
    return mtimeMs < Date.now() - LASTS_MS ? await file.readFile('latin1') : undefined;
  } finally {
    await file.close();
  }
}
