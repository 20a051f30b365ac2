import { setImmediate } from 'node:timers/promises';
import type { AccountPoolService } from '../account-pool.service';
import { AccountsFileError } from './accounts-file';
import type { AccountsReading } from './accounts-reading';
import { lookAt } from './file-look';

const LOOK_EVERY_MS = 500;

export interface ReloadLog {
  log(text: string): void;
  error(text: string): void;
}

/**
 * Puts changed accounts in force while the service runs, or refuses them whole. It looks at the
 * files' own stat, which sees a file written in place, replaced by a rename, and swapped behind a
 * symbolic link as Kubernetes does; change events miss one or other of these. A file is read once
 * two looks in a row agree, for one that is written in place may be seen half written.
 */
export class AccountsWatch {
  private timer: NodeJS.Timeout | undefined;
  /** Of the accounts in force. */
  private digest: string;
  /** The accounts file and those with credentials that it named at the last attempt to read it. */
  private files: readonly string[];
  /** What the files looked like before they were last read, and at the last look. */
  private read: string;
  private seen: string | undefined;
  private isReading = false;

  /** @param reading that of the accounts in force: a change since then is not lost */
  constructor(
    reading: AccountsReading,
    private readonly readAgain: () => Promise<AccountsReading>,
    private readonly pool: AccountPoolService,
    private readonly log: ReloadLog,
  ) {
    this.digest = reading.digest;
    this.files = [...reading.files.keys()];
    this.read = [...reading.files.values()].join();
  }

  start(): void {
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.isReading) {
      return;
    }
    const now = this.files.map((path) => lookAt(path).signature).join();
    if (now !== this.read && now === this.seen) {
      void this.reload(now);
    }
    this.seen = now;
  }

  private async reload(looks: string): Promise<void> {
    this.isReading = true;
    try {
      const { accounts, digest, faults, files } = await this.readAgain();
      // Thousands of accounts take their time to come over, and again to be put in force.
      await setImmediate();
      this.files = [...files.keys()];
      this.read = [...files.values()].join();
      if (faults.length > 0) {
        this.refuse(new AccountsFileError(faults).message);
      } else if (digest !== this.digest) {
        this.digest = digest;
        this.pool.reload(accounts);
        this.log.log(`the accounts have been reloaded: ${accounts.length} in force`);
      }
    } catch {
      // Tried again when the files change again, and not twice a second until then.
      this.read = looks;
      this.refuse('They cannot be read.');
    } finally {
      this.isReading = false;
    }
  }

  private refuse(reason: string): void {
    this.log.error(`the changed accounts are refused, the former ones stay in force. ${reason}`);
  }
}
