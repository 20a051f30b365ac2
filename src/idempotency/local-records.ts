import {
  givesWay,
  type RecordClaim,
  type RecordEnd,
  type RecordQuery,
  type RequestRecord,
  type RequestRecords,
} from '../ledger/request-records';

/** A record takes less than a kilobyte. */
export const MAX_RECORDS = 10_000;

/**
 * The records of this process: the only ones without a database, and those in force while it is
 * away.
 */
export class LocalRecords implements RequestRecords {
  /** Oldest first. */
  private readonly records = new Map<string, RequestRecord>();

  constructor(private readonly maxRecords = MAX_RECORDS) {}

  get(scope: string): RequestRecord | undefined {
    return this.records.get(scope);
  }

  claim(claim: RecordClaim): Promise<RequestRecord | undefined> {
    const { record } = claim;
    const existing = this.records.get(record.scope);
    if (existing !== undefined && !givesWay(existing, claim)) {
      return Promise.resolve(existing);
    }
    this.put(record);
    return Promise.resolve(undefined);
  }

  renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    const record = this.records.get(scope);
    if (record?.holder === holder) {
      this.records.set(scope, { ...record, expiresAt });
    }
    return Promise.resolve();
  }

  end({ scope, holder, ...end }: RecordEnd): Promise<void> {
    const record = this.records.get(scope);
    if (record?.holder === holder) {
      this.put({ ...record, ...end });
    }
    return Promise.resolve();
  }

  find(query: RecordQuery, now: number): Promise<RequestRecord | undefined> {
    const found = [...this.records.values()].filter(
      (record) =>
        record.owner === query.owner &&
        record.expiresAt > now &&
        ('requestId' in query
          ? record.requestId === query.requestId
          : record.keyDigest === query.keyDigest),
    );
    return Promise.resolve(found.at(-1));
  }

  private put(record: RequestRecord): void {
    this.records.delete(record.scope);
    this.records.set(record.scope, record);
    for (const { scope, state } of this.records.values()) {
      if (this.records.size <= this.maxRecords) {
        return;
      }
      // The number of records in progress is limited elsewhere.
      if (state !== 'at_work') {
        this.records.delete(scope);
      }
    }
  }
}
