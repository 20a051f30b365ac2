import { FirstRequest, type FirstOutcome } from './first-request';
import { MAX_WAITING } from './waiter-slots';

const NOTHING: FirstOutcome = { kind: 'nothing' };

/** A request that waits. */
function waiter() {
  const client = new AbortController();
  const closers: (() => void)[] = [];
  return {
    client,
    close: () => {
      closers.forEach((closer) => {
        closer();
      });
    },
    signal: client.signal,
    onClosed: (listener: () => void) => {
      closers.push(listener);
      return () => undefined;
    },
  };
}

describe('FirstRequest', () => {
  let first: FirstRequest;

  beforeEach(() => {
    first = new FirstRequest('owner', 'digest', 'req_1', 'fingerprint');
  });

  it.each<[string, FirstOutcome]>([
    ['what is kept', { kind: 'kept', content: 'x' }],
    ['nothing', NOTHING],
  ])('tells all who wait of %s', async (_name, outcome) => {
    const waiting = [waiter(), waiter()].map((context) => first.wait(60_000, context));
    expect(first.isWaitedFor).toBe(true);
    first.end(outcome);
    expect(await Promise.all(waiting)).toEqual([outcome, outcome]);
    expect(first.isWaitedFor).toBe(false);
  });

  it('is full with the maximum number, until one has left', async () => {
    const waiters = Array.from({ length: MAX_WAITING }, waiter);
    const waiting = waiters.map((context) => first.wait(60_000, context));
    expect(first.isFull).toBe(true);
    waiters[0]?.client.abort(new Error('gone'));
    await expect(waiting[0]).rejects.toThrow('gone');
    expect(first.isFull).toBe(false);
    first.end(NOTHING);
    await Promise.all(waiting.slice(1));
  });

  it('limits each wait to its own time', async () => {
    expect(await first.wait(1, waiter())).toBeUndefined();
    expect(first.isWaitedFor).toBe(false);
  });

  it('does not let a disconnected client wait', () => {
    const context = waiter();
    context.client.abort(new Error('gone'));
    expect(() => first.wait(60_000, context)).toThrow('gone');
  });

  it('holds an unstored response until all its readers are finished', async () => {
    let held = 0;
    const shared: FirstOutcome = {
      kind: 'shared',
      opened: { response: { status: 200, headers: {} }, images: [] },
      hold: () => {
        held += 1;
        return () => (held -= 1);
      },
    };
    const waiters = [waiter(), waiter()];
    const waiting = waiters.map((context) => first.wait(60_000, context));
    first.end(shared);
    expect(held).toBe(2);
    expect(await Promise.all(waiting)).toEqual([shared, shared]);
    waiters[0]?.close();
    expect(held).toBe(1);
    waiters[1]?.close();
    expect(held).toBe(0);
  });
});
