/** Where a record stands: at work under a lease, kept, or over and done with nothing to keep. */
type RecordState = 'at_work' | 'kept' | 'failed';

/** What is known of a request with an Idempotency-Key. Nothing in it says what the key or the client is. */
export interface RequestRecord {
  /** Digest of owner, route and key. */
  readonly scope: string;
  /** Digest of whose it is. */
  readonly owner: string;
  /** Digest of owner and key. */
  readonly keyDigest: string;
  readonly requestId: string;
  readonly fingerprint: string;
  /** Whose lease it is: no two claims have the same. */
  readonly holder: string;
  readonly state: RecordState;
  /** When the lease ends, or until when the record is kept, in epoch milliseconds. */
  readonly expiresAt: number;
  /** Where the response is, or the fault itself; null while at work. */
  readonly content: string | null;
}

/** A wish to be the first. */
export interface RecordClaim {
  readonly record: RequestRecord;
  readonly now: number;
  /** The content of a kept record whose bytes are gone, so that it stands in nobody's way. */
  readonly lost?: string | undefined;
  /** The holder that was waited for: its failure is told and not claimed over. */
  readonly awaited?: string | undefined;
}

export type RecordQuery =
  | { readonly owner: string; readonly requestId: string }
  | { readonly owner: string; readonly keyDigest: string };

/** How a claim ends. */
export interface RecordEnd {
  readonly scope: string;
  readonly holder: string;
  readonly state: Exclude<RecordState, 'at_work'>;
  readonly content: string | null;
  readonly expiresAt: number;
}

/** Where records are. Every method may fail where that is a database. */
export interface RequestRecords {
  /** @returns the record that stands in the way; undefined where the claim was granted */
  claim(claim: RecordClaim): Promise<RequestRecord | undefined>;
  /** Renews a lease. */
  renew(scope: string, holder: string, expiresAt: number): Promise<void>;
  end(end: RecordEnd): Promise<void>;
  /** The latest that matches and has not expired. */
  find(query: RecordQuery, now: number): Promise<RequestRecord | undefined>;
}

/** Whether a record that is there must give way to a claim. */
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
