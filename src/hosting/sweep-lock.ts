import { randomBytes } from 'node:crypto';
import { link, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
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
    if (await isAbandoned(this.path)) {
      await this.takeAway();
    }
    try {
      await writeFile(this.path, this.token, { flag: 'wx' });
      this.held = true;
    } catch (error) {
      this.held = ifCode(error, 'EEXIST', false);
    }
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
   * Removes an abandoned lock. Only one process can rename a file, so of several that found the
   * same abandoned lock, a slow one may have got the new lock of a faster one. It puts that back.
   */
  private async takeAway(): Promise<void> {
    // The name of a partial file, which is cleaned up after a crash.
    const taken = join(this.folder, `${LOCK}.lock.${randomBytes(8).toString('hex')}.part`);
    try {
      await rename(this.path, taken);
    } catch (error) {
      ifThere(error);
      return;
    }
    if (!(await isAbandoned(taken))) {
      await link(taken, this.path).catch((error: unknown) => {
        ifCode(error, 'EEXIST', undefined);
      });
    }
    await unlinkIfThere(taken);
  }

  private async isOwn(): Promise<boolean> {
    this.held &&= (await readFile(this.path, 'latin1').catch(ifThere)) === this.token;
    return this.held;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const status = await stat(path).catch(ifThere);
  return status !== undefined && status.mtimeMs < Date.now() - LASTS_MS;
}
