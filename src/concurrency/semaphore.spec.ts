import { setImmediate as turn } from 'node:timers/promises';
import { Semaphore } from './semaphore';

describe('Semaphore', () => {
  it.each([1, 2, 5])('lets %i work at a time, and all in the end', async (free) => {
    const places = new Semaphore(free);
    let atWork = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 12 }, () =>
        places.run(async () => {
          atWork += 1;
          most = Math.max(most, atWork);
          await turn();
          atWork -= 1;
          done += 1;
        }),
      ),
    );
    expect({ most, done }).toEqual({ most: free, done: 12 });
  });
});
