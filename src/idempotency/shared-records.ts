import type { PinoLogger } from 'nestjs-pino';
import type {
  RecordClaim,
  RecordEnd,
  RecordQuery,
  RequestRecord,
  RequestRecords,
} from '../ledger/request-records';
import { turningTimeout } from '../concurrency/turning-timeout';
import { isServersOwn } from '../ledger/server-error';
import { DatabaseReach, type DatabaseFailure } from './database-reach';
import { LocalRecords, MAX_RECORDS } from './local-records';
import { SeenLeases } from './seen-leases';

/**
 * The warning for a response whose key is valid only within its process. It is not part of the
 * stored response.
 */
export const LOCAL_WARNING =
  'the database is away, so the Idempotency-Key is valid within this process only';

/** How long a client waits for a database that responds to no one: as long as for a reservation. */
const SILENCE_MS = 500;
/** How long it waits for one that is only busy: giving up could pay twice for another process's image. */
const TIMEOUT_MS = 2000;
/** How often to check whether it has responded. */
const LOOKS_EVERY_MS = 100;
/** How often failed updates of the database are retried. */
const UPDATE_RETRY_MS = 1000;
/** How long failures are sent to the database: no longer than the lease that others wait for. */
const FAILURE_UPDATE_MS = 30_000;

/**
 * The records of this process, and those of the database if there is one. While the database is
 * away, a key is valid within the process; the database is updated once it is back, so that no
 * other process pays for the request again. A lease that the database showed before is respected
 * all the same.
 */
export class SharedRecords {
  private readonly reach = new DatabaseReach();
  /**
   * The records that the database does not have yet, and until when an update is useful. Each is
   * among the local ones.
   */
  private readonly pendingUpdates = new Map<string, number>();
  private readonly seen = new SeenLeases();
  private retryingUpdates: NodeJS.Timeout | undefined;
  /** How often the database has responded. */
  private responses = 0;
  private isClosed = false;

  constructor(
    private readonly database: RequestRecords | undefined,
    private readonly log: Pick<PinoLogger, 'warn' | 'info'>,
    private readonly local = new LocalRecords(),
  ) {}

  /** `isLocal`: the claim is valid within this process only, although there is a database. */
  async claim(
    claim: RecordClaim,
  ): Promise<{ readonly existing: RequestRecord | undefined; readonly isLocal: boolean }> {
    const own = await this.local.claim(claim);
    if (own !== undefined) {
      return { existing: own, isLocal: false };
    }
    const { scope, holder, expiresAt } = claim.record;
    const shared = await this.ask((database) => database.claim(claim));
    // Its own, where the connection was lost when it had been granted.
    const said = shared?.value?.holder === holder ? undefined : shared?.value;
    if (shared !== undefined) {
      this.seen.note(scope, said);
    }
    const existing = shared === undefined ? this.seen.find(scope, Date.now()) : said;
    if (existing !== undefined) {
      await this.local.end({ scope, holder, state: 'failed', content: null, expiresAt: 0 });
    }
    const isLocal = shared === undefined && existing === undefined && this.database !== undefined;
    if (isLocal) {
      this.updateLater(scope, expiresAt);
    }
    return { existing, isLocal };
  }

  async renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    await this.local.renew(scope, holder, expiresAt);
    if ((await this.ask((database) => database.renew(scope, holder, expiresAt))) === undefined) {
      this.updateLater(scope, expiresAt);
    }
  }

  async end(end: RecordEnd): Promise<void> {
    await this.local.end(end);
    if ((await this.ask((database) => database.end(end))) === undefined) {
      this.updateLater(end.scope, Math.max(end.expiresAt, Date.now() + FAILURE_UPDATE_MS));
    }
  }

  async find(query: RecordQuery, now: number): Promise<RequestRecord | undefined> {
    const own = await this.local.find(query, now);
    return own ?? (await this.ask((database) => database.find(query, now)))?.value;
  }

  /** Sends the database the outstanding records one last time. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retryingUpdates);
    await this.retryUpdates();
  }

  private updateLater(scope: string, until: number): void {
    if (this.database === undefined) {
      return;
    }
    this.pendingUpdates.delete(scope);
    this.pendingUpdates.set(scope, until);
    const [oldest] = this.pendingUpdates.keys();
    if (this.pendingUpdates.size > MAX_RECORDS && oldest !== undefined) {
      this.pendingUpdates.delete(oldest);
    }
    this.tellInTurn();
  }

  private tellInTurn(): void {
    if (this.retryingUpdates === undefined && this.pendingUpdates.size > 0 && !this.isClosed) {
      this.retryingUpdates = setTimeout(() => {
        void this.retryUpdates().finally(() => {
          this.retryingUpdates = undefined;
          this.tellInTurn();
        });
      }, UPDATE_RETRY_MS).unref();
    }
  }

  /** One after another, until the database does not respond. */
  private async retryUpdates(): Promise<void> {
    const before = this.pendingUpdates.size;
    for (const [scope, until] of this.pendingUpdates) {
      const record = this.local.get(scope);
      if (record === undefined || until <= Date.now()) {
        this.pendingUpdates.delete(scope);
        continue;
      }
      if ((await this.put((database) => tell(database, record))) === undefined) {
        return;
      }
      // If its result has changed meanwhile, it still has to be sent.
      if (this.local.get(scope) === record) {
        this.pendingUpdates.delete(scope);
      }
    }
    if (before > 0 && this.pendingUpdates.size === 0) {
      this.log.info({ records: before }, 'database is back: Idempotency-Keys updated');
    }
  }

  /** Undefined if there is no database, or if it does not respond. */
  private async ask<T>(
    question: (database: RequestRecords) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    return this.reach.isAway(Date.now()) ? undefined : this.put(question);
  }

  /** The same, even if the database was away a moment ago. */
  private async put<T>(
    question: (database: RequestRecords) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const { database, reach } = this;
    if (database === undefined) {
      return undefined;
    }
    let stopWaiting: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      // What held up this process says nothing about the database.
      stopWaiting = this.whenLate(() => {
        reject(new LateError());
      });
    });
    const asked = async (): Promise<T> => {
      const value = await question(database);
      // Even if it was late: the database is reachable.
      reach.responded();
      this.responses += 1;
      return value;
    };
    try {
      // A connection that was closed because of another query's failure says nothing about the next
      // query.
      const value = await Promise.race([asked(), late]).catch((error: unknown) => {
        if (failureOf(error) !== 'unreachable') {
          throw error;
        }
        return Promise.race([asked(), late]);
      });
      return { value };
    } catch (error) {
      const wasAway = reach.isAway(Date.now());
      reach.failed(failureOf(error), Date.now());
      if (!wasAway) {
        this.log.warn(
          { reason: (error as Error).message.slice(0, 120) },
          reach.isAway(Date.now())
            ? 'database is away: Idempotency-Keys are valid within this process only'
            : 'database is slow: this Idempotency-Key is valid within this process only',
        );
      }
      return undefined;
    } finally {
      stopWaiting?.();
    }
  }

  /** Calls back once nobody should wait any longer. @returns ends it */
  private whenLate(onLate: () => void): () => void {
    let [waited, silent, heard] = [0, 0, this.responses];
    let stop: () => void;
    const look = (): void => {
      stop = turningTimeout(LOOKS_EVERY_MS, () => {
        waited += LOOKS_EVERY_MS;
        silent = this.responses === heard ? silent + LOOKS_EVERY_MS : 0;
        heard = this.responses;
        if (silent >= SILENCE_MS || waited >= TIMEOUT_MS) {
          onLate();
        } else {
          look();
        }
      });
    };
    look();
    return () => {
      stop();
    };
  }
}

class LateError extends Error {
  override readonly message = 'timeout';
}

function failureOf(error: unknown): DatabaseFailure {
  return error instanceof LateError ? 'late' : isServersOwn(error) ? 'refused' : 'unreachable';
}

/** Updates the database's record, or creates it if it is missing and no other process has one. */
async function tell(database: RequestRecords, record: RequestRecord): Promise<void> {
  const { scope, holder, state, content, expiresAt } = record;
  if (state === 'at_work') {
    await database.renew(scope, holder, expiresAt);
  } else {
    await database.end({ scope, holder, state, content, expiresAt });
  }
  if (state !== 'failed') {
    await database.claim({ record, now: Date.now() });
  }
}
