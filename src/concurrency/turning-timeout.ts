/** The number of steps in a timeout, so that a blocked event loop uses up only one of them. */
const STEPS = 10;

/**
 * A timeout that counts only while the event loop is turning. A plain timer also counts the time
 * during which the process was blocked, and is then due before any input that arrived meanwhile is
 * processed: that input would be considered late.
 *
 * @returns clears the timeout
 */
export function turningTimeout(ms: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const step = (left: number): void => {
    timer = setTimeout(() => {
      if (left > 1) {
        step(left - 1);
      } else {
        // After the sockets, which are polled after a turn's timers.
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
