import type { LedgerDatabase } from './ledger-database';
import type {
  RecordClaim,
  RecordEnd,
  RecordQuery,
  RequestRecord,
  RequestRecords,
} from './request-records';

/** The request records in the ledger's database, which all replicas share if it is PostgreSQL. */
export class DatabaseRecords implements RequestRecords {
  constructor(private readonly database: Pick<LedgerDatabase, 'records'>) {}

  claim(claim: RecordClaim): Promise<RequestRecord | undefined> {
    return this.database.records({ kind: 'claim', claim });
  }

  async renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    await this.database.records({ kind: 'renew', scope, holder, expiresAt });
  }

  async end(end: RecordEnd): Promise<void> {
    await this.database.records({ kind: 'end', end });
  }

  find(query: RecordQuery, now: number): Promise<RequestRecord | undefined> {
    return this.database.records({ kind: 'find', query, now });
  }
}
