import Database from 'libsql';
import { Kysely, SqliteDialect } from 'kysely';
import { LedgerStore } from './ledger-store';

/** How long a write waits for another program that has locked the file; then it is tried again later. */
const BUSY_TIMEOUT_MS = 2000;

/**
 * The ledger in a file of SQLite. libsql works synchronously: use it on a thread of its own.
 *
 * @param path `:memory:` for one that lasts as long as the process
 */
export function openSqliteStore(path: string): LedgerStore {
  return new LedgerStore(
    new Kysely({ dialect: new SqliteDialect({ database: () => Promise.resolve(open(path)) }) }),
    false,
  );
}

function open(path: string): Database.Database {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  // A process that is killed loses nothing that was written; a power cut may lose the last moments.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  return database;
}
