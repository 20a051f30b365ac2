/** A share of the budget that asks for more, and the state of the others. */
export interface AdmissionQuery {
  /** How many bytes must be free for it. */
  readonly bytes: number;
  /** All bytes that are held, over all shares. */
  readonly heldBytes: number;
  readonly maxBytes: number;
  /** Whether no open share of its kind is older. */
  readonly isOldest: boolean;
  /** Whether an older share of its kind waits. */
  readonly hasOlderWaiting: boolean;
}

/**
 * Whether a share may grow now. The oldest always may, however much is held. It never waits for the
 * others, so it always completes and makes the next one the oldest; otherwise half-received bodies
 * would all wait for each other. All but the oldest together stay within the limit, so the total is
 * at most the limit plus one share of each kind. No share overtakes an older one that waits, or a
 * large one would never be served.
 */
export function isAdmitted(query: AdmissionQuery): boolean {
  return (
    query.isOldest || (!query.hasOlderWaiting && query.heldBytes + query.bytes <= query.maxBytes)
  );
}

/** A waiting share; lists of them have the oldest first. */
export interface WaitingShare {
  /** How much it already holds. */
  readonly heldBytes: number;
}

/**
 * The waiting share that must give way if none has grown for a while: the youngest that holds
 * something, and only for an older one that also waits. So the shares that fit are served, and the
 * others get their error at once instead of after a minute.
 *
 * @param waiting oldest first
 */
export function givesWay<T extends WaitingShare>(waiting: readonly T[]): T | undefined {
  return waiting.slice(1).findLast(({ heldBytes }) => heldBytes > 0);
}
