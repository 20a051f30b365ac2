import { setImmediate as nextTurn } from 'node:timers/promises';
import { turningTimeout } from './turning-timeout';

describe('a timeout that counts in turns of the event loop', () => {
  const STEP_MS = 100;
  let isUp = false;
  let end: () => void;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    isUp = false;
    end = turningTimeout(10 * STEP_MS, () => (isUp = true));
  });
  afterEach(() => jest.useRealTimers());

  it('fires when its time is over, after the events of the turn', async () => {
    jest.advanceTimersByTime(10 * STEP_MS - 1);
    await nextTurn();
    expect(isUp).toBe(false);
    jest.advanceTimersByTime(1);
    expect(isUp).toBe(false);
    await nextTurn();
    expect(isUp).toBe(true);
  });

  it('never fires once it has ended, not even in its last turn', async () => {
    jest.advanceTimersByTime(10 * STEP_MS);
    end();
    await nextTurn();
    expect(isUp).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('counts a tenth of the time, at most, for a loop that was held', async () => {
  let isUp = false;
  const over = new Promise<void>((resolve) => {
    turningTimeout(500, () => {
      isUp = true;
      resolve();
    });
  });
  const heldUntil = performance.now() + 600;
  while (performance.now() < heldUntil) {
    // Holds the loop.
  }
  await nextTurn();
  expect(isUp).toBe(false);
  await over;
});
