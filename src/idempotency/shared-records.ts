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

/** Of a response whose key holds within its process. It is of that moment, and not sent again with the response. */
export const LOCAL_WARNING =
  'the database is away, so the Idempotency-Key holds within this process only';

/** A client does not wait longer for a database that says nothing to anybody: as long as for a reservation. */
const SILENCE_MS = 500;
/** Nor for one that responds to others: it is busy, and an image that another process is at would be paid for twice. */
const TIMEOUT_MS = 2000;
/** How often to look whether it has said something. */
const LOOKS_EVERY_MS = 100;
/** How often a database that was not told something is told again. */
const TELL_AGAIN_MS = 1000;
/** What has come to nothing is worth no more than the lease that others wait for. */
const FAILURE_TOLD_MS = 30_000;

/**
 * The records of this process, and those of the database where there is one. While that is away, a key holds within
 * the process; the database is told of it once it is back, so that no other process pays for it again. A lease that it
 * has told of before is waited for all the same.
 */
export class SharedRecords {
  private readonly reach = new DatabaseReach();
  /** Whose record the database was not told of, and until when that is worth it. Each is among the local ones. */
  private readonly untold = new Map<string, number>();
  private readonly seen = new SeenLeases();
  private tellingAgain: NodeJS.Timeout | undefined;
  /** How often the database has said something. */
  private responses = 0;
  private isClosed = false;

  constructor(
    private readonly database: RequestRecords | undefined,
    private readonly log: Pick<PinoLogger, 'warn' | 'info'>,
    private readonly local = new LocalRecords(),
  ) {}

  /** `isLocal`: the claim holds within this process alone, though there is a database. */
  async claim(
    claim: RecordClaim,
  ): Promise<{ readonly standing: RequestRecord | undefined; readonly isLocal: boolean }> {
    const own = await this.local.claim(claim);
    if (own !== undefined) {
      return { standing: own, isLocal: false };
    }
    const { scope, holder, expiresAt } = claim.record;
    const shared = await this.ask((database) => database.claim(claim));
    // Its own, where the connection was lost when it had been granted.
    const said = shared?.value?.holder === holder ? undefined : shared?.value;
    if (shared !== undefined) {
      this.seen.note(scope, said);
    }
    const standing = shared === undefined ? this.seen.find(scope, Date.now()) : said;
    if (standing !== undefined) {
      await this.local.end({ scope, holder, state: 'failed', content: null, expiresAt: 0 });
    }
    const isLocal = shared === undefined && standing === undefined && this.database !== undefined;
    if (isLocal) {
      this.tellLater(scope, expiresAt);
    }
    return { standing, isLocal };
  }

  async renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    await this.local.renew(scope, holder, expiresAt);
    if ((await this.ask((database) => database.renew(scope, holder, expiresAt))) === undefined) {
      this.tellLater(scope, expiresAt);
    }
  }

  async end(end: RecordEnd): Promise<void> {
    await this.local.end(end);
    if ((await this.ask((database) => database.end(end))) === undefined) {
      this.tellLater(end.scope, Math.max(end.expiresAt, Date.now() + FAILURE_TOLD_MS));
    }
  }

  async find(query: RecordQuery, now: number): Promise<RequestRecord | undefined> {
    const own = await this.local.find(query, now);
    return own ?? (await this.ask((database) => database.find(query, now)))?.value;
  }

  /** Tells the database what it does not know, for the last time. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.tellingAgain);
    await this.tellAgain();
  }

  private tellLater(scope: string, until: number): void {
    if (this.database === undefined) {
      return;
    }
    this.untold.delete(scope);
    this.untold.set(scope, until);
    const [oldest] = this.untold.keys();
    if (this.untold.size > MAX_RECORDS && oldest !== undefined) {
      this.untold.delete(oldest);
    }
    this.tellInTurn();
  }

  private tellInTurn(): void {
    if (this.tellingAgain === undefined && this.untold.size > 0 && !this.isClosed) {
      this.tellingAgain = setTimeout(() => {
        void this.tellAgain().finally(() => {
          this.tellingAgain = undefined;
          this.tellInTurn();
        });
      }, TELL_AGAIN_MS).unref();
    }
  }

  /** One after another, until it does not respond. */
  private async tellAgain(): Promise<void> {
    const before = this.untold.size;
    for (const [scope, until] of this.untold) {
      const record = this.local.get(scope);
      if (record === undefined || until <= Date.now()) {
        this.untold.delete(scope);
        continue;
      }
      if ((await this.put((database) => tell(database, record))) === undefined) {
        return;
      }
      // What it has come to meanwhile is still to be told.
      if (this.local.get(scope) === record) {
        this.untold.delete(scope);
      }
    }
    if (before > 0 && this.untold.size === 0) {
      this.log.info({ records: before }, 'database back: told of Idempotency-Keys');
    }
  }

  /** Undefined where there is no database, or where it does not respond. */
  private async ask<T>(
    question: (database: RequestRecords) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    return this.reach.isAway(Date.now()) ? undefined : this.put(question);
  }

  /** The same, whether it was away just now or not. */
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
      // Even if it was late: it is there.
      reach.responded();
      this.responses += 1;
      return value;
    };
    try {
      // A connection that another question's failure has torn down says nothing about the next one.
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
            ? 'database away: an Idempotency-Key holds within this process'
            : 'database slow: this Idempotency-Key holds within this process',
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

/** Brings the database's record up to date, or makes it where it was never told and nobody else's stands there. */
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
