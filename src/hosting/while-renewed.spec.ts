import { setTimeout as sleep } from 'node:timers/promises';
import { whileRenewed } from './while-renewed';

describe('whileRenewed', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const workFor = (ms: number) => () => new Promise<string>((done) => setTimeout(done, ms, 'done'));

  it('renews as long as the work lasts, and returns its result', async () => {
    const renew = jest.fn(() => Promise.resolve());
    const working = whileRenewed({ everyMs: 10, renew }, workFor(35));
    await jest.advanceTimersByTimeAsync(100);
    expect(await working).toBe('done');
    expect(renew).toHaveBeenCalledTimes(3);
  });

  it('continues if a renewal fails, and renews again', async () => {
    const renew = jest.fn(() => Promise.reject(new Error('away')));
    const working = whileRenewed({ everyMs: 10, renew }, workFor(25));
    await jest.advanceTimersByTimeAsync(100);
    expect(await working).toBe('done');
    expect(renew).toHaveBeenCalledTimes(2);
  });

  it('leaves no renewal in progress when the work fails', async () => {
    jest.useRealTimers();
    let isRenewing = false;
    const renew = async () => {
      isRenewing = true;
      await sleep(30);
      isRenewing = false;
    };
    const work = async () => {
      while (!isRenewing) {
        await sleep(1);
      }
      throw new Error('broken');
    };
    await expect(whileRenewed({ everyMs: 1, renew }, work)).rejects.toThrow('broken');
    expect(isRenewing).toBe(false);
  });
});
