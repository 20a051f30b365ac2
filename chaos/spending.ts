/** An event that occurred at an unknown time between two points. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The maximum number of spans that lie entirely within one window: so many events certainly
 * occurred in it.
 *
 * @param exempt windows that touch one of these do not count
 */
export function mostInWindow(
  spans: readonly Span[],
  windowMs: number,
  exempt: readonly Span[],
): number {
  let most = 0;
  for (const { from } of spans) {
    const window = { from, to: from + windowMs };
    if (!exempt.some((span) => touches(span, window))) {
      const within = spans.filter((span) => span.from >= window.from && span.to < window.to);
      most = Math.max(most, within.length);
    }
  }
  return most;
}

/**
 * The maximum number of spans that are open when another one begins.
 *
 * @param exempt beginnings within one of these do not count
 */
export function mostAtOnce(spans: readonly Span[], exempt: readonly Span[]): number {
  let most = 0;
  const open: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    // Kept small, so that this is not quadratic in all spans.
    const still = open.filter(({ to }) => to > span.from);
    open.splice(0, open.length, ...still, span);
    if (!exempt.some((other) => touches(other, { from: span.from, to: span.from }))) {
      most = Math.max(most, open.length);
    }
  }
  return most;
}

export function touches(one: Span, other: Span): boolean {
  return one.from <= other.to && other.from <= one.to;
}
