import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteStore } from './sqlite-store';
import type { SqliteCall, SqliteReply } from './sqlite-database';

const path = workerData as string;
let store = openSqliteStore(path);

parentPort?.on('message', (call: string) => {
  void reply(JSON.parse(call) as SqliteCall).then((message) => {
    parentPort?.postMessage(message);
  });
});

async function reply({ id, method, argument }: SqliteCall): Promise<SqliteReply> {
  try {
    return {
      id,
      ok: true,
      value: await (store[method] as (this: unknown, it: unknown) => unknown).call(store, argument),
    };
  } catch (error) {
    await openAnew();
    return { id, ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * After finding the file locked, libsql leaves the statement open until it is garbage-collected,
 * and until then the connection commits nothing. A database in memory would be lost with its
 * connection, and is never locked.
 */
async function openAnew(): Promise<void> {
  if (path !== ':memory:') {
    const left = store;
    store = openSqliteStore(path);
    await left.close().catch(() => undefined);
  }
}
