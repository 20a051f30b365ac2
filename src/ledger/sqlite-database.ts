import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import type { LedgerDatabase } from './ledger-database';
import type { LedgerBatch } from './ledger-row';
import type { RecordCall } from './record-call';
import type { RequestRecord } from './request-records';
import type { UsageGroup, UsageQuery } from './usage-span';

/** The end of the process waits so long for the file. */
const CLOSE_MS = 2000;

export interface SqliteCall {
  readonly id: number;
  readonly method: keyof LedgerDatabase;
  readonly argument: unknown;
}

export type SqliteReply = { readonly id: number } & (
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string }
);

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** SQLite on a worker thread, since each of its calls blocks the calling thread. */
export class SqliteDatabase implements LedgerDatabase {
  private readonly pending = new Map<number, PendingCall>();
  private worker: Worker | undefined;
  private calls = 0;

  /** @param path of the file, or `:memory:` */
  constructor(private readonly path: string) {}

  async write(batch: LedgerBatch): Promise<void> {
    await this.call('write', batch);
  }

  async usage(query: UsageQuery): Promise<readonly UsageGroup[]> {
    return (await this.call('usage', query)) as readonly UsageGroup[];
  }

  async records(call: RecordCall): Promise<RequestRecord | undefined> {
    return (await this.call('records', call)) as RequestRecord | undefined;
  }

  async countQuotas(batch: QuotaBatch): Promise<QuotaReply> {
    return (await this.call('countQuotas', batch)) as QuotaReply;
  }

  async prune(before: number): Promise<void> {
    await this.call('prune', before);
  }

  async close(): Promise<void> {
    const { worker } = this;
    if (worker !== undefined) {
      // A file that hangs holds its thread, which then ends with the process alone.
      const patience = sleep(CLOSE_MS, undefined, { ref: false });
      await Promise.race([this.end(worker), patience]);
    }
  }

  private call(method: SqliteCall['method'], argument: unknown): Promise<unknown> {
    const worker = (this.worker ??= this.start());
    this.calls += 1;
    const id = this.calls;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      // As JSON, which takes half the time of a structured clone.
      worker.postMessage(JSON.stringify({ id, method, argument } satisfies SqliteCall));
    });
  }

  private async end(worker: Worker): Promise<void> {
    await this.call('close', undefined).catch(() => undefined);
    await worker.terminate();
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, 'sqlite.worker.js'), { workerData: this.path });
    worker.on('message', (reply: SqliteReply) => {
      const call = this.pending.get(reply.id);
      this.pending.delete(reply.id);
      if (reply.ok) {
        call?.resolve(reply.value);
      } else {
        call?.reject(new Error(reply.reason));
      }
    });
    const end = (error?: unknown): void => {
      if (this.worker === worker) {
        this.worker = undefined;
      }
      const reason = error instanceof Error ? error.message : 'the database worker has exited';
      for (const { reject } of this.pending.values()) {
        reject(new Error(reason));
      }
      this.pending.clear();
    };
    worker.on('error', end).on('exit', () => {
      end();
    });
    // The worker need not keep the process alive: pending rows are flushed before the end.
    worker.unref();
    return worker;
  }
}
