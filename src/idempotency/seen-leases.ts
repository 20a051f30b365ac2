import type { RequestRecord } from '../ledger/request-records';
import { MAX_RECORDS } from './local-records';

/**
 * The requests that other processes were at work on when the database last said so. While it is silent, such a lease
 * is as good as it was: the process may be alive, and its image paid for.
 */
export class SeenLeases {
  /** By scope, oldest first. */
  private readonly leases = new Map<string, RequestRecord>();

  /** What the database has just said of a scope; undefined for nothing that stands in the way. */
  note(scope: string, standing: RequestRecord | undefined): void {
    this.leases.delete(scope);
    if (standing?.state === 'at_work') {
      this.leases.set(scope, standing);
      const [oldest] = this.leases.keys();
      if (this.leases.size > MAX_RECORDS && oldest !== undefined) {
        this.leases.delete(oldest);
      }
    }
  }

  /** The lease of a scope that has not ended. */
  find(scope: string, now: number): RequestRecord | undefined {
    const lease = this.leases.get(scope);
    return lease !== undefined && lease.expiresAt > now ? lease : undefined;
  }
}
