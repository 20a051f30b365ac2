const PACIFIC_CLOCK = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

const HOUR_MS = 3_600_000;

/**
 * The next midnight in California after `now`, in epoch milliseconds, when Google's daily quotas
 * reset. Also correct on days of 23 and 25 hours.
 */
export function nextMidnightPacific(now: number): number {
  const second = Math.floor(now / 1000) * 1000;
  const guess = second + 24 * HOUR_MS - clockMs(second);
  // On the two days a year when the clock changes, the guess is off by an hour.
  const offBy = clockMs(guess);
  const corrected =
    offBy === 0 ? guess : offBy < 12 * HOUR_MS ? guess - offBy : guess + 24 * HOUR_MS - offBy;
  return corrected;
}

/** The time of day in California, in milliseconds since midnight. */
function clockMs(time: number): number {
  const parts = new Map(
    PACIFIC_CLOCK.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
  );
  return (
    (parts.get('hour') ?? 0) * HOUR_MS +
    (parts.get('minute') ?? 0) * 60_000 +
    (parts.get('second') ?? 0) * 1000
  );
}
