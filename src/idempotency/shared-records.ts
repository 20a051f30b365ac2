import type { PinoLogger } from 'nestjs-pino';
import { LocalRecords } from './local-records';
import type {
  RecordClaim,
  RecordEnd,
  RecordQuery,
  RequestRecord,
  RequestRecords,
} from '../ledger/request-records';

/** Of a response whose key holds within its process. It is of that moment, and not sent again with the response. */
export const LOCAL_WARNING =
  'the database is away, so the Idempotency-Key holds within this process only';

/** A client does not wait longer for a database that does not respond. */
const TIMEOUT_MS = 2000;
/** A database that was away is asked again after this. */
const AWAY_MS = 5000;

/**
 * The records of this process, and those of the database where there is one. While that is away, a key holds within
 * the process.
 */
export class SharedRecords {
  private readonly local = new LocalRecords();
  private awayUntil = 0;

  constructor(
    private readonly database: RequestRecords | undefined,
    private readonly log: Pick<PinoLogger, 'warn'>,
  ) {}

  /** `isLocal`: the claim holds within this process alone, though there is a database. */
  async claim(
    claim: RecordClaim,
  ): Promise<{ readonly standing: RequestRecord | undefined; readonly isLocal: boolean }> {
    const own = await this.local.claim(claim);
    if (own !== undefined) {
      return { standing: own, isLocal: false };
    }
    const shared = await this.ask((database) => database.claim(claim));
    if (shared?.value !== undefined) {
      const { scope, holder } = claim.record;
      await this.local.end({ scope, holder, state: 'failed', content: null, expiresAt: 0 });
    }
    return {
      standing: shared?.value,
      isLocal: shared === undefined && this.database !== undefined,
    };
  }

  async renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    await this.local.renew(scope, holder, expiresAt);
    await this.ask((database) => database.renew(scope, holder, expiresAt));
  }

  async end(end: RecordEnd): Promise<void> {
    await this.local.end(end);
    await this.ask((database) => database.end(end));
  }

  async find(query: RecordQuery, now: number): Promise<RequestRecord | undefined> {
    const own = await this.local.find(query, now);
    return own ?? (await this.ask((database) => database.find(query, now)))?.value;
  }

  /** Undefined where there is no database, or where it does not respond. */
  private async ask<T>(
    question: (database: RequestRecords) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const { database } = this;
    if (database === undefined || Date.now() < this.awayUntil) {
      return undefined;
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error('timeout'));
        }, TIMEOUT_MS);
      });
      return { value: await Promise.race([question(database), late]) };
    } catch (error) {
      this.awayUntil = Date.now() + AWAY_MS;
      this.log.warn(
        { reason: (error as Error).message.slice(0, 120) },
        'database away: an Idempotency-Key holds within this process',
      );
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
