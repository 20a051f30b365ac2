import { EpochClock } from './epoch-clock';

describe('EpochClock', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_795_000_000_000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('leads from the monotonic clock to the epoch', () => {
    const clock = new EpochClock();
    jest.advanceTimersByTime(250);
    expect(performance.now() + clock.offset()).toBe(1_795_000_000_250);
  });

  it('follows an adjusted system clock after a second, and not within it', () => {
    const clock = new EpochClock();
    const before = clock.offset();
    jest.setSystemTime(Date.now() + 40);
    jest.advanceTimersByTime(999);
    expect(clock.offset()).toBe(before);
    jest.advanceTimersByTime(1);
    expect(clock.offset()).toBe(before + 40);
  });
});
