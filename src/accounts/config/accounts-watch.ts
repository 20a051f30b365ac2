import { setImmediate } from 'node:timers/promises';
import type { Fingerprints } from '../../watched-file/file-fingerprint';
import type { FileWatch } from '../../watched-file/file-watch';
import type { AccountCheck } from '../account-check';
import type { AccountPoolService } from '../account-pool.service';
import { AccountsFileError } from './accounts-file';
import type { AccountsSnapshot } from './accounts-snapshot';

export interface AccountsWatchParts {
  /** The accounts in force. Changes since they were loaded are found as well. */
  readonly inForce: AccountsSnapshot;
  /** Loads the accounts again. */
  readonly load: () => Promise<AccountsSnapshot>;
  readonly fileWatch: FileWatch;
  readonly pool: AccountPoolService;
  /** Tries the credentials that are new. */
  readonly check: Pick<AccountCheck, 'start'>;
  readonly log: { log(text: string): void; error(text: string): void };
}

/** Applies changed accounts while the service runs, or rejects them as a whole. */
export class AccountsWatch {
  /** The digest of the accounts in force. */
  private digest: string;
  /** The accounts file and the files that it names, as they were before the last attempt to load them. */
  private files: Fingerprints;
  private isStopped = false;

  constructor(private readonly parts: AccountsWatchParts) {
    this.digest = parts.inForce.digest;
    this.files = parts.inForce.files;
  }

  start(): void {
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    this.parts.fileWatch.stop();
  }

  private async run(): Promise<void> {
    try {
      for (;;) {
        await this.reload(await this.parts.fileWatch.untilChanged(this.files));
      }
    } catch (error) {
      if (!this.isStopped) {
        this.parts.log.error(`accounts are no longer watched. ${String(error)}`);
      }
    }
  }

  private async reload(seen: Fingerprints): Promise<void> {
    const { load, pool, check, log } = this.parts;
    try {
      const { accounts, digest, faults, files } = await load();
      // Receiving thousands of accounts blocks the event loop, and so does applying them.
      await setImmediate();
      this.files = files;
      if (faults.length > 0) {
        this.refuse(new AccountsFileError(faults).message);
      } else if (digest !== this.digest) {
        this.digest = digest;
        pool.reload(accounts);
        log.log(`accounts reloaded: ${accounts.length}`);
        check.start();
      }
    } catch {
      // The next attempt waits for the next change; otherwise there would be two each second.
      this.files = seen;
      this.refuse('They cannot be read.');
    }
  }

  private refuse(reason: string): void {
    this.parts.log.error(`accounts reload refused, the previous accounts stay in use. ${reason}`);
  }
}
