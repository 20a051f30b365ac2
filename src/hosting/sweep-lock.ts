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
    const abandoned = await abandonedToken(this.path);
    if (abandoned !== undefined) {
      await this.removeAbandoned(abandoned);
    }
    this.held = await isCreated(this.path, this.token);
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
   * one. So only the one that has created a file in the abandoned lock's name removes it, and only if it is still there.
   */
  private async removeAbandoned(token: string): Promise<void> {
    const name = hash('sha256', token).slice(0, 16);
    // The name of a partial file, which is cleaned up after a crash: by the next sweep, so it must not prevent that.
    const removal = join(this.folder, `${LOCK}.lock.${name}.part`);
    if ((await abandonedToken(removal)) !== undefined) {
      await unlinkIfThere(removal);
    }
    if (await isCreated(removal, '')) {
      if ((await abandonedToken(this.path)) === token) {
        await unlinkIfThere(this.path);
      }
      await unlinkIfThere(removal);
    }
  }

  private async isOwn(): Promise<boolean> {
    this.held &&= (await readFile(this.path, 'latin1').catch(ifThere)) === this.token;
    return this.held;
  }
}

/** Creates the file unless there is one. */
async function isCreated(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    return ifCode(error, 'EEXIST', false);
  }
}

/** What an abandoned lock has in it; undefined if there is none, or if its process renews it. */
async function abandonedToken(path: string): Promise<string | undefined> {
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
