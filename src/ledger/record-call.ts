import type { RecordClaim, RecordEnd, RecordQuery } from './request-records';

/** An operation on the request records, as plain data that can be passed between threads. */
export type RecordCall =
  | { readonly kind: 'claim'; readonly claim: RecordClaim }
  | {
      readonly kind: 'renew';
      readonly scope: string;
      readonly holder: string;
      readonly expiresAt: number;
    }
  | { readonly kind: 'end'; readonly end: RecordEnd }
  | { readonly kind: 'find'; readonly query: RecordQuery; readonly now: number };
