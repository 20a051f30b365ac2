import type { Exchange } from './exchange';
import type { FaultKind } from './plan';
import { touches, type Span } from './spending';

/** A fault as it really was; `to` is infinite while it lasts. */
export interface PastFault {
  readonly kind: FaultKind;
  readonly from: number;
  to: number;
}

/** One request as a client sent it, once or again. */
export interface PastTry {
  /** Of the planned request. */
  readonly number: number;
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly end: Exchange['end'];
}

/** Which of the replicas was killed, and when. */
export interface PastKill {
  readonly which: number;
  readonly at: number;
}

/** How long after their return a server's absence may still make a difference to a key. */
const STORE_RETURN_MS = 1_000;
const DATABASE_RETURN_MS = 8_000;

/** What happened in a run, by the clock of `performance.now()`. */
export class History {
  readonly faults: PastFault[] = [];
  readonly kills: PastKill[] = [];
  /** Of each number its tries, in the order they began. */
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

  /** When faults whose name begins so were there, and for so long after. */
  spans(kind: string, afterMs: number): readonly Span[] {
    return this.faults
      .filter((fault) => fault.kind.startsWith(kind))
      .map(({ from, to }) => ({ from, to: to + afterMs }));
  }

  had(kind: string, during: Span, afterMs: number): boolean {
    return this.spans(kind, afterMs).some((span) => touches(span, during));
  }

  /** Whether replicas share what they know of Idempotency-Keys, and all of it is where it was. */
  keepsKeys(during: Span): boolean {
    return (
      !this.wasKilled(during) &&
      !this.had('s3', during, STORE_RETURN_MS) &&
      !this.had('postgres', during, DATABASE_RETURN_MS)
    );
  }

  /** nginx may still send to a connection whose other end has just died. */
  wasKilled(during: Span): boolean {
    return this.kills.some(({ at }) => touches({ from: at - 50, to: at + 1500 }, during));
  }
}
