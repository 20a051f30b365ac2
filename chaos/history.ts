import type { Exchange } from './exchange';
import type { FaultKind } from './plan';
import { touches, type Span } from './spending';

/** A fault as it actually occurred; `to` is infinite while it lasts. */
export interface PastFault {
  readonly kind: FaultKind;
  readonly from: number;
  to: number;
}

/** One attempt of a client. */
export interface PastTry {
  /** The number of the planned request. */
  readonly number: number;
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly end: Exchange['end'];
}

/** Which replica was killed, and when. */
export interface PastKill {
  readonly which: number;
  readonly at: number;
}

/** How long after a server's return its absence may still affect a key. */
const STORE_RETURN_MS = 1_000;
const DATABASE_RETURN_MS = 8_000;

/** The events of a run, by `performance.now()`. */
export class History {
  readonly faults: PastFault[] = [];
  readonly kills: PastKill[] = [];
  /** The attempts of each request, in the order in which they began. */
  readonly tries = new Map<number, PastTry[]>();

  addTry(one: PastTry): void {
    const tries = this.tries.get(one.number) ?? [];
    tries.push(one);
    tries.sort((a, b) => a.startedAt - b.startedAt);
    this.tries.set(one.number, tries);
  }

  begin(kind: FaultKind): PastFault {
    const fault = { kind, from: performance.now(), to: Infinity };
    this.faults.push(fault);
    return fault;
  }

  /** The intervals of faults whose name begins with `kind`, extended by `afterMs`. */
  spans(kind: string, afterMs: number): readonly Span[] {
    return this.faults
      .filter((fault) => fault.kind.startsWith(kind))
      .map(({ from, to }) => ({ from, to: to + afterMs }));
  }

  had(kind: string, during: Span, afterMs: number): boolean {
    return this.spans(kind, afterMs).some((span) => touches(span, during));
  }

  /** Whether replicas share their knowledge of Idempotency-Keys, and none of it was lost. */
  keepsKeys(during: Span): boolean {
    return (
      !this.wasKilled(during) &&
      !this.had('s3', during, STORE_RETURN_MS) &&
      !this.had('postgres', during, DATABASE_RETURN_MS)
    );
  }

  /** nginx may still use a connection whose other end has just died. */
  wasKilled(during: Span): boolean {
    return this.kills.some(({ at }) => touches({ from: at - 50, to: at + 1500 }, during));
  }
}
