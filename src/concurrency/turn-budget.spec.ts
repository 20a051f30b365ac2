import { TurnBudget, type TurnTaker } from './turn-budget';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    // Busy.
  }
}

/** A taker that says what becomes of it. */
function taker(name: string, told: string[], isNewcomer = false): TurnTaker {
  return {
    isNewcomer,
    hold: () => told.push(`hold ${name}`),
    release: () => told.push(`release ${name}`),
  };
}

describe('the turn budget', () => {
  let told: string[];
  beforeEach(() => {
    told = [];
  });

  it('pauses no participant while there is time', async () => {
    const budget = new TurnBudget(10_000);
    const share = budget.join(taker('a', told));
    share.spend();
    share.spend();
    await nextTurn();
    expect(told).toEqual([]);
  });

  it('pauses all when the time is up, and serves the unserved ones first', async () => {
    const budget = new TurnBudget(1);
    const [first] = ['a', 'b', 'c'].map((name) => budget.join(taker(name, told)));
    first?.spend();
    expect(told).toEqual([]);
    work(2);
    first?.spend();
    expect(told.toSorted()).toEqual(['hold a', 'hold b', 'hold c']);
    await nextTurn();
    expect(told.slice(3)).toEqual(['release b', 'release c', 'release a']);
  });

  it('starts each turn with the full time', async () => {
    const budget = new TurnBudget(20);
    const share = budget.join(taker('a', told));
    share.spend();
    work(25);
    await nextTurn();
    share.spend();
    expect(told).toEqual([]);
  });

  it('pauses a new participant while the others are paused', async () => {
    const budget = new TurnBudget(0);
    budget.join(taker('a', told)).spend();
    budget.join(taker('b', told));
    expect(told).toEqual(['hold a', 'hold b']);
    await nextTurn();
    expect(told.slice(2).toSorted()).toEqual(['release a', 'release b']);
  });

  it('releases a leaving participant at once', async () => {
    const budget = new TurnBudget(0);
    const share = budget.join(taker('a', told));
    share.spend();
    share.leave();
    expect(told).toEqual(['hold a', 'release a']);
    await nextTurn();
    expect(told).toHaveLength(2);
  });

  it('releases a participant once, and does not hold it again after it has left', async () => {
    const budget = new TurnBudget(0);
    const share = budget.join(taker('a', told));
    share.spend();
    share.leave();
    share.leave();
    share.spend();
    await nextTurn();
    expect(told).toEqual(['hold a', 'release a']);
  });

  it('resumes a few in each turn, and all in the end', async () => {
    const budget = new TurnBudget(0);
    const [share] = Array.from({ length: 40 }, (_, index) => budget.join(taker(`${index}`, told)));
    share?.spend();
    await nextTurn();
    const first = told.filter((line) => line.startsWith('release')).length;
    expect(first).toBeLessThan(40);
    while (told.filter((line) => line.startsWith('release')).length < 40) {
      await nextTurn();
    }
  });

  it('starts one newcomer per turn, in addition to those that have begun', async () => {
    const budget = new TurnBudget(0);
    budget.join(taker('new 1', told, true));
    budget.join(taker('new 2', told, true));
    budget.join(taker('old', told)).spend();
    await nextTurn();
    expect(told.slice(3)).toEqual(['release new 1', 'release old']);
    await nextTurn();
    expect(told.slice(5)).toEqual(['release new 2']);
  });

  it('runs indivisible work at once if there is time, else one piece per turn, in order', async () => {
    const budget = new TurnBudget(1);
    expect(budget.turn()).toBeUndefined();
    work(2);
    const order: string[] = [];
    const pieces = ['a', 'b', 'c'].map(async (name) => {
      await budget.turn();
      work(2);
      order.push(name);
    });
    setImmediate(() => {
      order.push('another');
      setImmediate(() => order.push('another'));
    });
    await Promise.all(pieces);
    expect(order.slice(0, 3)).toEqual(['a', 'another', 'b']);
  });
});
