/** A share of the budget that wants more, and how things stand. */
export interface AdmissionQuery {
  /** How many bytes it wants to find free. */
  readonly bytes: number;
  /** All that is held, by whomever. */
  readonly heldBytes: number;
  readonly maxBytes: number;
  /** Whether no open share of its kind is older. */
  readonly isEldest: boolean;
  /** Whether an older share of its kind waits. */
  readonly hasElderWaiting: boolean;
}

/**
 * Whether a share may have more now. The eldest always may, whatever is held: it never waits for the
 * others, so it comes to its end and makes the next one the eldest. Without that, bodies that have come half would all wait for
 * each other. All but the eldest stay within the limit together, so the total is at most the limit and
 * one share of each kind. None overtakes an elder that waits, or a large one would never be served.
 */
export function isAdmitted(query: AdmissionQuery): boolean {
  return (
    query.isEldest || (!query.hasElderWaiting && query.heldBytes + query.bytes <= query.maxBytes)
  );
}

/** A share that waits, eldest first in a list. */
export interface WaitingShare {
  /** What it holds already. */
  readonly heldBytes: number;
}

/**
 * Which of those who wait has to give way when none of them has got on for a while: the youngest that
 * holds something, and only for an elder who waits as well. So those that fit are served, and the others
 * are told at once instead of after a minute.
 *
 * @param waiting eldest first
 */
export function givesWay<T extends WaitingShare>(waiting: readonly T[]): T | undefined {
  return waiting.slice(1).findLast(({ heldBytes }) => heldBytes > 0);
}
