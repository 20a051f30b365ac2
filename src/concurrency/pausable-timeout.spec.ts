import { PausableTimeout } from './pausable-timeout';

describe('a timeout that can be paused', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('is up when its time is', () => {
    const timeout = new PausableTimeout(100);
    jest.advanceTimersByTime(99);
    expect(timeout.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(timeout.signal.aborted).toBe(true);
  });

  it('does not count a pause, and continues with the remaining time', async () => {
    const timeout = new PausableTimeout(100);
    jest.advanceTimersByTime(60);
    let goOn: (value: string) => void = () => undefined;
    const paused = timeout.pausedFor(new Promise<string>((resolve) => (goOn = resolve)));
    jest.advanceTimersByTime(10_000);
    expect(timeout.signal.aborted).toBe(false);
    goOn('there');
    expect(await paused).toBe('there');
    jest.advanceTimersByTime(39);
    expect(timeout.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(timeout.signal.aborted).toBe(true);
  });

  it('continues after a pause that failed', async () => {
    const timeout = new PausableTimeout(100);
    await expect(timeout.pausedFor(Promise.reject(new Error('full')))).rejects.toThrow('full');
    jest.advanceTimersByTime(100);
    expect(timeout.signal.aborted).toBe(true);
  });

  it('is never up once it has ended, not even when a pause ends after that', async () => {
    const timeout = new PausableTimeout(100);
    const paused = timeout.pausedFor(Promise.resolve());
    timeout.end();
    await paused;
    jest.advanceTimersByTime(1000);
    expect(timeout.signal.aborted).toBe(false);
  });
});
