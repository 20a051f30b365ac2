import type { RecordClaim, RecordEnd, RecordQuery } from './request-records';

/** What is done with the records of requests, as plain data that one thread can hand to another. */
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
