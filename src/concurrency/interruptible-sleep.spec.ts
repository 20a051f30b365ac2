import { InterruptibleSleep } from './interruptible-sleep';

const HOUR = 3_600_000;

describe('InterruptibleSleep', () => {
  it('ends with its time', async () => {
    const before = performance.now();
    await new InterruptibleSleep().for(20);
    // A timer may be a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(19);
  });

  it('ends when woken, all of now, and none that begins later', async () => {
    const sleep = new InterruptibleSleep();
    const waits = [sleep.for(HOUR), sleep.for(HOUR)];
    sleep.wake();
    await Promise.all(waits);
    const later = sleep.for(HOUR).then(() => 'over');
    const order = await Promise.race([later, Promise.resolve('waits')]);
    expect(order).toBe('waits');
    sleep.wake();
    await expect(later).resolves.toBe('over');
  });

  it('may be woken when nothing sleeps', () => {
    expect(() => {
      new InterruptibleSleep().wake();
    }).not.toThrow();
  });
});
