import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { HAS_POSTGRES, PostgresServer } from '../postgres-server';
import { startEasel } from '../running-easel';
import { until } from '../until';

/** A table and a column of a version to come, and its step in Kysely's list. */
const LATER_VERSION = [
  'create table later (name text primary key)',
  'alter table ledger_images add column later text',
  "insert into ledger_migrations (name, timestamp) values ('0099-later', '2027-01-01T00:00:00Z')",
];

interface Place {
  readonly env: Record<string, string>;
  readonly update: (statements: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

function sqlite(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-downgrade-'));
  return Promise.resolve({
    env: { DATABASE_URL: '', DATA_DIR: folder },
    update: (statements) => {
      const database = new Database(join(folder, 'easel.db'));
      for (const statement of statements) {
        database.prepare(statement).run();
      }
      database.close();
      return Promise.resolve();
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

async function postgres(): Promise<Place> {
  const server = await PostgresServer.start();
  return {
    env: { DATABASE_URL: server.url },
    update: async (statements) => {
      for (const statement of statements) {
        await server.query(statement);
      }
    },
    close: () => server.close(),
  };
}

describe.each([
  ['SQLite', sqlite],
  ...(HAS_POSTGRES ? ([['PostgreSQL', postgres]] as const) : []),
] as const)('a ledger in %s', (_name, open) => {
  it('can be used by this version after a later one has added tables and columns', async () => {
    const place = await open();
    const images: number[] = [];
    for (const update of [[], LATER_VERSION, []]) {
      await place.update(update);
      const easel = await startEasel({ env: place.env });
      const body = JSON.stringify({ prompt: 'x' });
      await fetch(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await until(async () =>
        (await (await fetch(`${easel.url}/readyz`)).text()).includes('"pending":0'),
      );
      const usage = await fetch(`${easel.url}/v1/usage`);
      expect(usage.status).toBe(200);
      const { total } = (await usage.json()) as { total: { images: number } };
      images.push(total.images);
      await easel.close();
    }
    await place.close();
    expect(images).toEqual([1, 2, 3]);
  });
});
