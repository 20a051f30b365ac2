import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Account } from './account';
import type { AccountPoolService } from './account-pool.service';
import { AccountsFileError } from './accounts-file';

const LOOK_EVERY_MS = 500;

export interface ReloadLog {
  log(text: string): void;
  error(text: string): void;
}

/** The accounts as they stand in the configuration, and the files that they were read from. */
export interface AccountsReading {
  readonly accounts: readonly Account[];
  readonly files: readonly string[];
}

/**
 * Puts changed accounts in force while the service runs, or refuses them whole. It looks at the
 * files' own stat, which sees a file written in place, replaced by a rename, and swapped behind a
 * symbolic link as Kubernetes does; change events miss one or other of these. A file is read once
 * two looks in a row agree, for one that is written in place may be seen half written.
 */
export class AccountsWatch {
  private timer: NodeJS.Timeout | undefined;
  /** What the files looked like when they were last read; nothing is known of the first reading. */
  private read: string | undefined;
  private seen: string | undefined;

  /** @param readAccounts reads the accounts anew; throws AccountsFileError for what it cannot take */
  constructor(
    private current: AccountsReading,
    private readonly readAccounts: () => AccountsReading,
    private readonly pool: AccountPoolService,
    private readonly log: ReloadLog,
  ) {}

  /** Watches the accounts file and the files with credentials that it names. */
  start(): void {
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = this.current.files.map(signatureOf).join();
    if (now !== this.read && now === this.seen) {
      this.read = now;
      this.reload();
    }
    this.seen = now;
  }

  private reload(): void {
    try {
      const reading = this.readAccounts();
      const isNew = !isDeepStrictEqual(reading.accounts, this.current.accounts);
      this.current = reading;
      if (isNew) {
        this.pool.reload(reading.accounts);
        this.log.log(`the accounts have been reloaded: ${reading.accounts.length} in force`);
      }
    } catch (error) {
      const reason = error instanceof AccountsFileError ? error.message : 'They cannot be read.';
      this.log.error(`the changed accounts are refused, the former ones stay in force. ${reason}`);
    }
  }
}

/** Changes whenever the file behind the path, links followed, does. */
function signatureOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'gone' : `${stat.ino}/${stat.size}/${stat.mtimeNs}/${stat.ctimeNs}`;
}
