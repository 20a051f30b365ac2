import { Kysely, PostgresDialect } from 'kysely';
import { Pool, TypeOverrides, type PoolClient } from 'pg';
import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import type { LedgerDatabase } from './ledger-database';
import type { LedgerBatch } from './ledger-row';
import { LedgerStore } from './ledger-store';
import type { RecordCall } from './record-call';
import type { RequestRecord } from './request-records';
import { isServersOwn } from './server-error';
import type { UsageGroup, UsageQuery } from './usage-span';

const CONNECT_TIMEOUT_MS = 5000;
/**
 * A server that hangs must not block the ledger for longer: the batch is written again, and counts
 * once.
 */
const QUERY_TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 5;

const INT8 = 20;

interface Link {
  readonly store: LedgerStore;
  readonly pool: Pool;
  readonly clients: Set<PoolClient>;
}

/**
 * The ledger in PostgreSQL. After a failure other than an error from the server, it is unknown what
 * a connection will still receive. All connections are then closed, and the next call reconnects.
 */
export class PostgresDatabase implements LedgerDatabase {
  private link: Link | undefined;

  constructor(private readonly url: string) {}

  write(batch: LedgerBatch): Promise<void> {
    return this.on((store) => store.write(batch));
  }

  usage(query: UsageQuery): Promise<readonly UsageGroup[]> {
    return this.on((store) => store.usage(query));
  }

  records(call: RecordCall): Promise<RequestRecord | undefined> {
    return this.on((store) => store.records(call));
  }

  countQuotas(batch: QuotaBatch): Promise<QuotaReply> {
    return this.on((store) => store.countQuotas(batch));
  }

  prune(before: number): Promise<void> {
    return this.on((store) => store.prune(before));
  }

  async close(): Promise<void> {
    const { link } = this;
    this.link = undefined;
    await link?.store.close();
  }

  private async on<T>(work: (store: LedgerStore) => Promise<T>): Promise<T> {
    const link = (this.link ??= this.connect());
    try {
      return await work(link.store);
    } catch (error) {
      if (!isServersOwn(error)) {
        this.drop(link);
      }
      throw error;
    }
  }

  private connect(): Link {
    const types = new TypeOverrides();
    // Counts and times, all far below 2 ** 53.
    types.setTypeParser(INT8, Number);
    const pool = new Pool({
      connectionString: this.url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      application_name: 'easel',
      keepAlive: true,
      allowExitOnIdle: true,
      types,
    });
    const clients = new Set<PoolClient>();
    pool.on('connect', (client) => {
      // The pool only listens while a client is idle. A client whose connection dies between two
      // statements of a transaction would end the process; with this listener its next statement
      // fails instead.
      client.on('error', () => undefined);
      clients.add(client);
    });
    pool.on('remove', (client) => clients.delete(client));
    // An idle connection has died, and the next call opens another. Without a listener the process
    // would end.
    pool.on('error', () => undefined);
    return {
      pool,
      clients,
      store: new LedgerStore(new Kysely({ dialect: new PostgresDialect({ pool }) }), {
        locksRows: true,
        keepsStatements: false,
      }),
    };
  }

  private drop(link: Link): void {
    if (this.link === link) {
      this.link = undefined;
    }
    for (const client of link.clients) {
      socketOf(client)?.destroy();
    }
    link.pool.end().catch(() => undefined);
  }
}

/** pg has no other way to end a connection whose server does not respond. */
function socketOf(client: PoolClient): { destroy(): void } | undefined {
  return (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection
    ?.stream;
}
