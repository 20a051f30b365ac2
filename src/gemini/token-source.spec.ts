import type { AccessToken } from './token-endpoint';
import { TokenSource } from './token-source';

const MINUTE = 60_000;

/** A source, its clock, and a token endpoint whose responses are given by hand. */
function source() {
  let now = 1_000_000;
  const pending: { resolve: (token: AccessToken) => void; reject: (error: Error) => void }[] = [];
  const counts = { requests: 0 };
  const tokens = new TokenSource(
    () => {
      counts.requests += 1;
      return new Promise((resolve, reject) => {
        pending.push({ resolve, reject });
      });
    },
    () => now,
  );
  return {
    tokens,
    counts,
    wait: (ms: number) => {
      now += ms;
    },
    response: async (value: string, lifetimeMs = 60 * MINUTE) => {
      pending.shift()?.resolve({ value, expiresAt: now + lifetimeMs });
      await new Promise(setImmediate);
    },
    fail: async () => {
      pending.shift()?.reject(new Error('no token'));
      await new Promise(setImmediate);
    },
    /** What the source gives, or `waiting` where it gives nothing yet. */
    now: async () => {
      const token = tokens.current().then(
        ({ value }) => value,
        (error: unknown) => String(error),
      );
      return Promise.race([token, new Promise((done) => setImmediate(done, 'waiting'))]);
    },
  };
}

describe('TokenSource', () => {
  it('requests one token for any number of waiting calls', async () => {
    const { tokens, counts, response } = source();
    const waiting = Promise.all(Array.from({ length: 20 }, () => tokens.current()));
    await response('first');
    expect(new Set((await waiting).map(({ value }) => value))).toEqual(new Set(['first']));
    expect(counts.requests).toBe(1);
  });

  it('rejects all waiting calls on a failure, and tries again for later ones', async () => {
    const { tokens, counts, response, fail, now } = source();
    const waiting = Promise.allSettled([tokens.current(), tokens.current()]);
    await fail();
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = now();
    await response('second');
    expect(await next).toBe('second');
    expect(counts.requests).toBe(2);
  });

  it.each([
    ['nothing long before its end', 60 * MINUTE, 54 * MINUTE, 'first', 1],
    ['a renewal behind the scenes five minutes before', 60 * MINUTE, 55 * MINUTE, 'first', 2],
    ['one at half its life where that is short', 4 * MINUTE, 2 * MINUTE, 'first', 2],
    ['nothing before half of it', 4 * MINUTE, 2 * MINUTE - 1, 'first', 1],
    ['waiting in its last seconds', 60 * MINUTE, 60 * MINUTE - 4000, 'waiting', 2],
    ['waiting after its end', 60 * MINUTE, 61 * MINUTE, 'waiting', 2],
  ])('costs %s', async (_name, lifetimeMs, ageMs, given, requests) => {
    const { counts, response, wait, now } = source();
    void now();
    await response('first', lifetimeMs);
    wait(ageMs);
    expect(await now()).toBe(given);
    expect(await now()).toBe(given);
    expect(counts.requests).toBe(requests);
    await response('second');
    expect(await now()).toBe(requests === 1 ? 'first' : 'second');
  });

  it('serves the old token when its early renewal fails, and lets some time pass', async () => {
    const { counts, response, fail, wait, now } = source();
    void now();
    await response('first');
    wait(56 * MINUTE);
    expect(await now()).toBe('first');
    await fail();
    expect(await now()).toBe('first');
    expect(counts.requests).toBe(2);
    wait(MINUTE / 2);
    expect(await now()).toBe('first');
    expect(counts.requests).toBe(3);
  });

  it('requests one new token for all calls that were refused the same one', async () => {
    const { tokens, counts, response } = source();
    const first = tokens.current();
    await response('first');
    const refused = await first;
    const renewed = [0, 1, 2].map(() => {
      tokens.forget(refused);
      return tokens.current();
    });
    await response('second');
    expect((await Promise.all(renewed)).map(({ value }) => value)).toEqual(Array(3).fill('second'));
    // Somebody whose refusal comes in late finds the new one.
    tokens.forget(refused);
    expect((await tokens.current()).value).toBe('second');
    expect(counts.requests).toBe(2);
  });

  it('is idle when it has nothing to lose', async () => {
    const { tokens, response, wait, now } = source();
    expect(tokens.isIdle).toBe(true);
    void now();
    expect(tokens.isIdle).toBe(false);
    await response('first');
    expect(tokens.isIdle).toBe(false);
    wait(61 * MINUTE);
    expect(tokens.isIdle).toBe(true);
  });
});
