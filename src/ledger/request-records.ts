/** The state of a record: in progress under a lease, kept, or failed with nothing to keep. */
type RecordState = 'at_work' | 'kept' | 'failed';

/** A request with an Idempotency-Key. The record reveals neither the key nor the client. */
export interface RequestRecord {
  /** Digest of owner, route and key. */
  readonly scope: string;
  /** Digest of the owner. */
  readonly owner: string;
  /** Digest of owner and key. */
  readonly keyDigest: string;
  readonly requestId: string;
  readonly fingerprint: string;
  /** Identifies the holder of the lease; unique for each claim. */
  readonly holder: string;
  readonly state: RecordState;
  /** When the lease expires, or until when the record is kept, in epoch milliseconds. */
  readonly expiresAt: number;
  /** Where the response is stored, or the fault itself; null while in progress. */
  readonly content: string | null;
}

/** A claim to be the first request with a key. */
export interface RecordClaim {
  readonly record: RequestRecord;
  readonly now: number;
  /** The content of a kept record whose bytes are lost, so that the claim may replace it. */
  readonly lost?: string | undefined;
  /** The holder that was waited for: its failure is reported rather than claimed over. */
  readonly awaited?: string | undefined;
}

export type RecordQuery =
  | { readonly owner: string; readonly requestId: string }
  | { readonly owner: string; readonly keyDigest: string };

/** The result of a claim. */
export interface RecordEnd {
  readonly scope: string;
  readonly holder: string;
  readonly state: Exclude<RecordState, 'at_work'>;
  readonly content: string | null;
  readonly expiresAt: number;
}

/** A store of records. Every method may fail if it is a database. */
export interface RequestRecords {
  /** @returns the record that prevents the claim; undefined if it was granted */
  claim(claim: RecordClaim): Promise<RequestRecord | undefined>;
  /** Renews a lease. */
  renew(scope: string, holder: string, expiresAt: number): Promise<void>;
  end(end: RecordEnd): Promise<void>;
  /** The latest matching record that has not expired. */
  find(query: RecordQuery, now: number): Promise<RequestRecord | undefined>;
}

/** Whether an existing record must give way to a claim. */
export function givesWay(
  {
    state,
    expiresAt,
    content,
    holder,
  }: Pick<RequestRecord, 'state' | 'expiresAt' | 'content' | 'holder'>,
  { now, lost, awaited }: Pick<RecordClaim, 'now' | 'lost' | 'awaited'>,
): boolean {
  return (
    expiresAt <= now ||
    (state === 'failed' && holder !== awaited) ||
    (state === 'kept' && lost !== undefined && content === lost)
  );
}
