import Database from 'libsql';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import { LedgerStore } from './ledger-store';

/** How long a write waits for another program that has locked the file; it is retried later. */
const BUSY_TIMEOUT_MS = 2000;

/** More than are used repeatedly; statements of unusual lengths are evicted soon. */
const MAX_STATEMENTS = 100;

/**
 * The ledger in an SQLite file. libsql is synchronous: use it on a worker thread.
 *
 * @param path `:memory:` for one that lasts as long as the process
 */
export function openSqliteStore(path: string): LedgerStore {
  return new LedgerStore(
    new Kysely({ dialect: new SqliteDialect({ database: () => Promise.resolve(open(path)) }) }),
    { locksRows: false, keepsStatements: true },
  );
}

function open(path: string): SqliteDatabase {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  // A killed process loses nothing that was written; a power failure may lose the last moments.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  return keepingStatements(database);
}

/** Parses the SQL of a statement once: each batch is written by the same few. */
function keepingStatements(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, Database.Statement>();
  return {
    prepare: (sql) => {
      const statement = kept.get(sql) ?? database.prepare(sql);
      // The one that was used last goes last.
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.size > MAX_STATEMENTS ? kept.keys() : [];
      if (oldest !== undefined) {
        kept.delete(oldest);
      }
      return statement;
    },
    close: () => {
      kept.clear();
      database.close();
    },
  };
}
