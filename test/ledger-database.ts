import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { HAS_POSTGRES, PostgresServer } from './postgres-server';

/** A database for a ledger, as a test needs it. */
export interface LedgerDatabase {
  /** The variables by which Easel uses it. */
  readonly env: Record<string, string>;
  readonly run: (statements: readonly string[]) => Promise<void>;
  /** All that the database has, table by table. */
  readonly dump: () => Promise<string>;
  readonly close: () => Promise<void>;
}

function sqlite(): Promise<LedgerDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-ledger-'));
  return Promise.resolve({
    env: { DATABASE_URL: '', DATA_DIR: folder },
    run: (statements) => {
      const database = new Database(join(folder, 'easel.db'));
      for (const statement of statements) {
        database.prepare(statement).run();
      }
      database.close();
      return Promise.resolve();
    },
    dump: () => {
      const database = new Database(join(folder, 'easel.db'), { readonly: true });
      const tables = database
        .prepare("select name from sqlite_master where type = 'table'")
        .all() as readonly { name: string }[];
      const rows = tables.map(({ name }) =>
        JSON.stringify({ name, rows: database.prepare(`select * from "${name}"`).all() }),
      );
      database.close();
      // And what is left in the files themselves.
      const files = readdirSync(folder)
        .filter((name) => name.startsWith('easel.db'))
        .map((name) => readFileSync(join(folder, name), 'latin1'));
      return Promise.resolve([...rows, ...files].join('\n'));
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

async function postgres(): Promise<LedgerDatabase> {
  const server = await PostgresServer.start();
  return {
    env: { DATABASE_URL: server.url },
    run: async (statements) => {
      for (const statement of statements) {
        await server.query(statement);
      }
    },
    dump: async () => {
      const tables = await server.query(
        "select table_name as name from information_schema.tables where table_schema = 'public'",
      );
      const dumps = tables.map(async ({ name }) =>
        JSON.stringify({ name, rows: await server.query(`select * from "${String(name)}"`) }),
      );
      return (await Promise.all(dumps)).join('\n');
    },
    close: () => server.close(),
  };
}

/** For `describe.each`: PostgreSQL only if it is installed. */
export const LEDGER_DATABASES: readonly (readonly [
  name: string,
  open: () => Promise<LedgerDatabase>,
])[] = [['SQLite', sqlite], ...(HAS_POSTGRES ? [['PostgreSQL', postgres] as const] : [])];
