import { ReadBudget } from './read-budget';

const TURN_BYTES = 512 * 1024;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the read budget', () => {
  it('ends for all readers together, and starts again with the next turn of the event loop', async () => {
    const budget = new ReadBudget(60_000);
    const goneOn: string[] = [];
    const read = (name: string, bytes: number) =>
      budget.mayContinue(bytes, () => goneOn.push(name));
    expect(read('a', TURN_BYTES / 2)).toBe(true);
    expect(read('b', TURN_BYTES / 2)).toBe(false);
    expect(read('c', 1)).toBe(false);
    expect(goneOn).toEqual([]);
    await nextTurn();
    expect(goneOn).toEqual(['b', 'c']);
    expect(read('b', TURN_BYTES - 1)).toBe(true);
    expect(read('b', 1)).toBe(false);
    await nextTurn();
    expect(goneOn).toEqual(['b', 'c', 'b']);
  });

  it('resumes a waiting reader once', async () => {
    const budget = new ReadBudget(60_000);
    const resume = jest.fn();
    budget.mayContinue(TURN_BYTES, resume);
    budget.mayContinue(1, resume);
    await nextTurn();
    await nextTurn();
    expect(resume).toHaveBeenCalledTimes(1);
  });

  it('also ends when its time is up, however few bytes were read', async () => {
    const budget = new ReadBudget(5);
    const resume = jest.fn();
    budget.mayContinue(1, resume);
    const until = performance.now() + 6;
    while (performance.now() < until) {
      // Busy.
    }
    expect(budget.mayContinue(1, resume)).toBe(false);
    await nextTurn();
    expect(resume).toHaveBeenCalledTimes(1);
  });
});
