import Database from 'libsql';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import { LedgerStore } from './ledger-store';

/** How long a write waits for another program that has locked the file; then it is tried again later. */
const BUSY_TIMEOUT_MS = 2000;

/** More than come again and again: those whose length differs each time take no memory for long. */
const MOST_STATEMENTS = 100;

/**
 * The ledger in a file of SQLite. libsql works synchronously: use it on a thread of its own.
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
  // A process that is killed loses nothing that was written; a power cut may lose the last moments.
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
      const [oldest] = kept.size > MOST_STATEMENTS ? kept.keys() : [];
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
