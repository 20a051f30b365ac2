/** The UTC day and calendar month in which something counts: `2026-11-28`, `2026-11`. */
export interface QuotaPeriods {
  readonly day: string;
  readonly month: string;
}

const DAY_MS = 86_400_000;

/** Every image asks for its day, and almost always it is the same one. */
let last: { readonly dayNumber: number; readonly periods: QuotaPeriods } | undefined;

/** @param at epoch milliseconds */
export function quotaPeriods(at: number): QuotaPeriods {
  const dayNumber = Math.floor(at / DAY_MS);
  if (last?.dayNumber !== dayNumber) {
    const text = new Date(at).toISOString();
    last = { dayNumber, periods: { day: text.slice(0, 10), month: text.slice(0, 7) } };
  }
  return last.periods;
}

/** The end of the UTC day of a time. */
export function dayEnd(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
}

/** The end of its calendar month, in UTC. */
export function monthEnd(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
