import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error';
import { MemoryBudget, type BytesKind, type Reservation, type Share } from './memory-budget';

const never = new AbortController().signal;
setMaxListeners(0, never);

function request(kind: BytesKind, bytes: number, signal = never) {
  return { kind, bytes, weight: 1, signal };
}

/** A reservation that has to be there at once. */
function now(taken: Reservation | Promise<Reservation>): Reservation {
  if (taken instanceof Promise) {
    throw new Error('it has to wait');
  }
  return taken;
}

/** Lets everybody go on who has been let in. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a budget', () => {
  it('counts memory that a running request needs without making it wait; others wait instead', async () => {
    const budget = new MemoryBudget(100, 10);
    now(budget.reserve(request('responses', 30)));
    const pixels = budget.hold(80);
    pixels.settle(90);
    expect(budget.bytes).toBe(120);
    const waiting = budget.reserve(request('responses', 20));
    expect(budget.waiting).toBe(1);
    pixels.release();
    pixels.release();
    await waiting;
    expect([budget.bytes, budget.waiting]).toEqual([50, 0]);
  });

  it('admits one while only such bytes are held, or a request would wait for itself', () => {
    const budget = new MemoryBudget(100, 10);
    budget.hold(500);
    now(budget.reserve(request('bodies', 10)));
    now(budget.reserve(request('responses', 10)));
    expect(budget.bytes).toBe(520);
  });

  it('admits what fits, and counts it until it is released', () => {
    const budget = new MemoryBudget(100, 10);
    const first = now(budget.reserve(request('responses', 60)));
    const second = now(budget.reserve(request('bodies', 40)));
    expect(budget.bytes).toBe(100);
    first.release();
    first.release();
    expect(budget.bytes).toBe(40);
    second.release();
    expect(budget.bytes).toBe(0);
  });

  it('makes the rest wait in order of arrival, small ones behind large ones', async () => {
    const budget = new MemoryBudget(100, 10);
    const first = now(budget.reserve(request('responses', 90)));
    const order: string[] = [];
    const wait = async (name: string, bytes: number): Promise<Reservation> => {
      const place = await budget.reserve(request('responses', bytes));
      order.push(name);
      return place;
    };
    const large = wait('large', 80);
    void wait('small', 5);
    void wait('smaller', 1);
    await settled();
    expect(order).toEqual([]);
    expect(budget.waiting).toBe(3);
    first.release();
    await settled();
    expect(order).toEqual(['large', 'small', 'smaller']);
    (await large).release();
    expect(budget.bytes).toBe(6);
  });

  it('admits one of each kind, however large: otherwise all could wait for each other', async () => {
    const budget = new MemoryBudget(100, 10);
    const body = now(budget.reserve(request('bodies', 500)));
    const response = now(budget.reserve(request('responses', 700)));
    expect(budget.bytes).toBe(1200);
    let isIn = false;
    void Promise.resolve(budget.reserve(request('responses', 1))).then(() => (isIn = true));
    await settled();
    expect(isIn).toBe(false);
    response.release();
    await settled();
    // The body still takes all there is, but no response is in by now.
    expect(isIn).toBe(true);
    body.release();
  });

  it('has more if less arrived than expected, and less if more did', async () => {
    const budget = new MemoryBudget(100, 10);
    const place = now(budget.reserve(request('responses', 90)));
    const next = Promise.resolve(budget.reserve(request('responses', 50)));
    place.settle(20);
    await next;
    expect(budget.bytes).toBe(70);
    place.settle(150);
    expect(budget.bytes).toBe(200);
    place.release();
    place.settle(40);
    expect(budget.bytes).toBe(50);
  });

  it('rejects a request when too many wait', () => {
    const budget = new MemoryBudget(10, 3);
    now(budget.reserve(request('responses', 10)));
    void budget.reserve({ ...request('responses', 10), weight: 2 });
    expect(() => budget.reserve({ ...request('responses', 1), weight: 2 })).toThrow(GatewayError);
    void budget.reserve({ ...request('responses', 1), weight: 1 });
    expect(budget.waiting).toBe(3);
  });

  it('drops an aborted request, and serves the next one', async () => {
    const budget = new MemoryBudget(100, 10);
    now(budget.reserve(request('responses', 90)));
    const leaving = new AbortController();
    const gone = Promise.resolve(budget.reserve(request('responses', 50, leaving.signal)));
    const behind = Promise.resolve(budget.reserve(request('responses', 10)));
    leaving.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    await behind;
    expect([budget.bytes, budget.waiting]).toEqual([100, 0]);
  });

  it('admits responses before bodies, because bodies wait for them', async () => {
    const budget = new MemoryBudget(100, 10);
    const response = now(budget.reserve(request('responses', 50)));
    const body = now(budget.reserve(request('bodies', 50)));
    const order: string[] = [];
    const waiting = (['bodies', 'responses'] as const).map(async (kind) => {
      const later = await budget.reserve(request(kind, 50));
      order.push(kind);
      return later;
    });
    await settled();
    // There is room for one of the two, and neither is the eldest of its kind.
    response.settle(0);
    await settled();
    expect(order).toEqual(['responses']);
    body.release();
    await Promise.all(waiting);
    expect(order).toEqual(['responses', 'bodies']);
  });

  it('rejects no request because of waiting ones of the other kind', async () => {
    const budget = new MemoryBudget(10, 1);
    const body = now(budget.reserve(request('bodies', 10)));
    const response = now(budget.reserve(request('responses', 10)));
    const bodies = budget.reserve(request('bodies', 10));
    const responses = budget.reserve(request('responses', 10));
    expect(budget.waiting).toBe(2);
    body.release();
    response.release();
    await Promise.all([bodies, responses]);
  });

  it('never exceeds its limit, except by one of each kind, and never deadlocks', async () => {
    const arrival = fc.record({
      kind: fc.constantFrom<BytesKind>('responses', 'bodies'),
      bytes: fc.integer({ min: 0, max: 80 }),
      holdTurns: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 40 }), async (arrivals) => {
        const budget = new MemoryBudget(100, 1000);
        const held = new Map<object, { kind: BytesKind; bytes: number }>();
        let served = 0;
        await Promise.all(
          arrivals.map(async ({ kind, bytes, holdTurns }) => {
            const place = await budget.reserve(request(kind, bytes));
            held.set(place, { kind, bytes });
            const list = [...held.values()];
            const total = list.reduce((sum, one) => sum + one.bytes, 0);
            const largest = (of: BytesKind) =>
              Math.max(0, ...list.filter((one) => one.kind === of).map((one) => one.bytes));
            expect(total).toBeLessThanOrEqual(100 + largest('responses') + largest('bodies'));
            for (let turn = 0; turn < holdTurns; turn += 1) {
              await settled();
            }
            held.delete(place);
            place.release();
            served += 1;
          }),
        );
        expect([served, budget.bytes, budget.waiting]).toEqual([arrivals.length, 0, 0]);
      }),
    );
  });
});

describe('shares that grow', () => {
  const grow = (share: Share, bytes: number, signal = never) =>
    share.grow({ bytes, weight: 1, signal });

  it('may all grow while there is room', () => {
    const budget = new MemoryBudget(100, 10);
    const [first, second] = [budget.share('bodies'), budget.share('bodies')];
    expect([grow(second, 40), grow(first, 30), grow(second, 30)]).toEqual(Array(3).fill(undefined));
    expect([first.bytes, second.bytes, budget.bytes]).toEqual([30, 70, 100]);
  });

  it('are served by age rather than waiting time, and the oldest never waits', async () => {
    const budget = new MemoryBudget(100, 10);
    const [first, second, third] = [1, 2, 3].map(() => budget.share('bodies')) as [
      Share,
      Share,
      Share,
    ];
    const order: string[] = [];
    void grow(third, 60);
    void grow(second, 40);
    const wait = async (share: Share, name: string): Promise<void> => {
      await grow(share, 10);
      order.push(name);
    };
    const waits = [wait(third, 'third'), wait(second, 'second')];
    expect(grow(first, 500)).toBeUndefined();
    expect(budget.bytes).toBe(600);
    // It is the eldest as long as it is open, also when all of it has come.
    await settled();
    expect(order).toEqual([]);
    first.release();
    await settled();
    expect(order).toEqual(['second']);
    second.release();
    await Promise.all(waits);
    expect(order).toEqual(['second', 'third']);
  });

  it('may need more room than they take', async () => {
    const budget = new MemoryBudget(100, 10);
    const first = budget.share('bodies');
    void grow(first, 60);
    const second = budget.share('bodies');
    const waiting = second.grow({ bytes: 1, room: 50, weight: 1, signal: never });
    expect(waiting).toBeInstanceOf(Promise);
    first.settle(50);
    await waiting;
    expect(budget.bytes).toBe(51);
  });

  it('leave nothing behind when they are released while they wait', async () => {
    const budget = new MemoryBudget(100, 10);
    const first = budget.share('bodies');
    void grow(first, 100);
    const second = budget.share('bodies');
    const waiting = grow(second, 10);
    second.release();
    await waiting;
    expect(grow(second, 10)).toBeUndefined();
    first.release();
    expect([budget.bytes, budget.waiting]).toEqual([0, 0]);
  });

  it('give way, youngest first, when none has progressed for a while', async () => {
    const budget = new MemoryBudget(100, 10, 20);
    const [oldest, second, third, fourth] = [1, 2, 3, 4].map(() => budget.share('bodies')) as [
      Share,
      Share,
      Share,
      Share,
    ];
    void grow(oldest, 10);
    void grow(second, 30);
    void grow(third, 30);
    void grow(fourth, 30);
    const order: string[] = [];
    const outcomes = [second, third, fourth].map(async (share, index) => {
      try {
        await grow(share, 30);
        order.push(`${index} got on`);
      } catch (error) {
        order.push(`${index} ${(error as GatewayError).fault.kind}`);
      } finally {
        share.release();
      }
    });
    await Promise.all(outcomes);
    expect(order).toEqual(['2 overloaded', '0 got on', '1 got on']);
    expect(budget.waiting).toBe(0);
  });

  it('all complete or get an error, in whatever order they arrive', async () => {
    const body = fc.record({
      steps: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
      holdTurns: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 12 }), async (bodies) => {
        const budget = new MemoryBudget(100, 1000, 1);
        const largest = Math.max(
          0,
          ...bodies.map(({ steps }) => steps.reduce((sum, step) => sum + step, 0)),
        );
        await Promise.all(
          bodies.map(async ({ steps, holdTurns }) => {
            const share = budget.share('bodies');
            try {
              for (const step of steps) {
                await grow(share, step);
                expect(budget.bytes).toBeLessThanOrEqual(100 + largest);
                await settled();
              }
              for (let turn = 0; turn < holdTurns; turn += 1) {
                await settled();
              }
            } catch (error) {
              expect(error).toBeInstanceOf(GatewayError);
            } finally {
              share.release();
            }
          }),
        );
        expect([budget.bytes, budget.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
