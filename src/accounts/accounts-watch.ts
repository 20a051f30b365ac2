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

/** Reads the accounts anew, telling of every file before it is read; throws AccountsFileError. */
export type AccountsReader = (onFile: (path: string) => void) => readonly Account[];

/**
 * Puts changed accounts in force while the service runs, or refuses them whole. It looks at the
 * files' own stat, which sees a file written in place, replaced by a rename, and swapped behind a
 * symbolic link as Kubernetes does; change events miss one or other of these. A file is read once
 * two looks in a row agree, for one that is written in place may be seen half written.
 */
export class AccountsWatch {
  private timer: NodeJS.Timeout | undefined;
  /** The accounts file and those with credentials that it named at the last attempt to read it. */
  private files: ReadonlySet<string> = new Set();
  /** What the files looked like when they were last read, and at the last look. */
  private read: string | undefined;
  private seen: string | undefined;

  /** @param current the accounts in force */
  constructor(
    private current: readonly Account[],
    private readonly readAccounts: AccountsReader,
    private readonly pool: AccountPoolService,
    private readonly log: ReloadLog,
  ) {}

  start(): void {
    // Also tells which files there are; a change since the first reading is not lost.
    this.reload();
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = this.signature();
    if (now !== this.read && now === this.seen) {
      this.reload();
    }
    this.seen = now;
  }

  private reload(): void {
    const files = new Set<string>();
    const before = this.signature();
    try {
      const accounts = this.readAccounts((path) => files.add(path));
      if (!isDeepStrictEqual(accounts, this.current)) {
        this.current = accounts;
        this.pool.reload(accounts);
        this.log.log(`the accounts have been reloaded: ${accounts.length} in force`);
      }
    } catch (error) {
      const reason = error instanceof AccountsFileError ? error.message : 'They cannot be read.';
      this.log.error(`the changed accounts are refused, the former ones stay in force. ${reason}`);
    }
    const isSameSet = files.size === this.files.size && [...files].every((f) => this.files.has(f));
    this.files = files;
    // Where other files are named now, the next look compares with them, and reads them once more.
    this.read = isSameSet ? before : undefined;
  }

  private signature(): string {
    return [...this.files].map(signatureOf).join();
  }
}

/** Changes whenever the file behind the path, links followed, does; or why it cannot be looked at. */
function signatureOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino}/${size}/${mtimeNs}/${ctimeNs}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}
