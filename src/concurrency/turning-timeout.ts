/** In so many steps a time-out passes, so that a held event loop takes no more than one of them. */
const STEPS = 10;

/**
 * A time-out in the time in which the event loop turns. A timer alone counts also how long the process stood still,
 * whatever for, and is then due before anything that came in meanwhile is looked at: what was there long ago would
 * be too late.
 *
 * @returns ends it
 */
export function turningTimeout(ms: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const step = (left: number): void => {
    timer = setTimeout(() => {
      if (left > 1) {
        step(left - 1);
      } else {
        // Behind the sockets, which come after the timers of a turn.
        setImmediate(() => {
          if (!isOver) {
            onTimeout();
          }
        });
      }
    }, ms / STEPS);
  };
  step(STEPS);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
