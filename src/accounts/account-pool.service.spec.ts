import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account, DeveloperApiAccount } from './account';
import { AccountPoolService } from './account-pool.service';
import type { ConditionChange } from './health-keeper';
import type { Lease, LeaseContext, LeaseRequest } from './lease';

const MODEL = 'gemini-3-pro-image';
const OPTIONS = { scheduling: 'balanced', maxInflightImages: 100, maxWaitingImages: 100 } as const;

function account(email: string, fields: Partial<DeveloperApiAccount> = {}): Account {
  return {
    email,
    provider: 'gemini',
    apiKey: 'k',
    maxConcurrency: 2,
    priority: 1,
    enabled: true,
    ...fields,
  };
}

type RequestFields = Partial<
  Omit<LeaseRequest, 'context'> & LeaseContext & { readonly signal: AbortSignal }
>;

/** The contexts of requests by their signals: images with the same signal are of the same request. */
const contexts = new WeakMap<AbortSignal, LeaseContext>();

function request({
  pinnedAccount,
  deadlineAt = Date.now() + 600_000,
  signal = new AbortController().signal,
  ...fields
}: RequestFields = {}): LeaseRequest {
  const context = contexts.get(signal) ?? { pinnedAccount, deadlineAt, newCalls: signal };
  contexts.set(signal, context);
  return { model: MODEL, tried: new Set(), context, ...fields };
}

const failureOf = (kind: GeminiFailure['kind'], retryAfterMs?: number) => ({
  kind: 'failure' as const,
  failure: { kind, reason: kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
});

const faultKind = (promise: Promise<unknown>) =>
  promise.then(
    () => 'leased',
    (error: unknown) => (error instanceof GatewayError ? error.fault.kind : String(error)),
  );

function statesIn(pool: AccountPoolService): readonly string[] {
  const now = Date.now();
  return pool.list().map((member) => member.conditionOfAccount(now).state);
}

describe('AccountPoolService', () => {
  it('spreads leases over the accounts', async () => {
    const pool = new AccountPoolService([account('a'), account('b')], OPTIONS);
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.lease(request())));
    expect(leases.map((lease) => lease.account.email).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('uses equal accounts in turn', async () => {
    const pool = new AccountPoolService([account('a'), account('b'), account('c')], OPTIONS);
    const order: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const lease = await pool.lease(request());
      order.push(lease.account.email);
      lease.end({ kind: 'image' });
    }
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('passes by the accounts on which the image has failed', async () => {
    const pool = new AccountPoolService([account('a'), account('b'), account('c')], OPTIONS);
    const lease = await pool.lease(request({ tried: new Set(['a', 'b']) }));
    expect(lease.account.email).toBe('c');
  });

  describe('for a request that one of Google’s APIs takes', () => {
    const vertex = (email: string, fields: object = {}): Account => ({
      ...account(email),
      provider: 'vertex',
      project: 'p',
      location: 'global',
      credentials: { kind: 'adc' } as never,
      ...fields,
    });
    const leased = async (pool: AccountPoolService, fields: RequestFields) =>
      (await pool.lease(request({ api: 'vertex', ...fields }))).account.email;

    it('leases an account of that provider, whatever its priority', async () => {
      const pool = new AccountPoolService([account('a'), vertex('b', { priority: 9 })], OPTIONS);
      expect(await leased(pool, {})).toBe('b');
      expect(await leased(pool, { api: 'developer' })).toBe('a');
    });

    it('leases any account if that provider has none for the model', async () => {
      const only = new AccountPoolService([account('a')], OPTIONS);
      expect(await leased(only, {})).toBe('a');
      const other = new AccountPoolService([account('a'), vertex('b', { models: ['x'] })], OPTIONS);
      expect(await leased(other, {})).toBe('a');
      expect(other.refusal(request({ api: 'vertex' }))).toBeUndefined();
    });

    it('leases the account that an operator names', async () => {
      const pool = new AccountPoolService([account('a'), vertex('b')], OPTIONS);
      expect(await leased(pool, { pinnedAccount: 'a' })).toBe('a');
    });

    it('reports the state of that provider’s accounts', async () => {
      const pool = new AccountPoolService([account('a'), vertex('b')], OPTIONS);
      (await pool.lease(request({ api: 'vertex' }))).end(failureOf('rate_limit', 60_000));
      expect(await faultKind(pool.lease(request({ api: 'vertex' })))).toBe('rate_limited');
      expect(pool.refusal(request({ api: 'vertex' }))?.kind).toBe('rate_limited');
    });
  });

  it('counts no image for a call that requests none, but records that the account works', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    for (let fault = 0; fault < 2; fault += 1) {
      (await pool.lease(request())).end(failureOf('transient'));
    }
    (await pool.lease(request())).end({ kind: 'free_call' });
    (await pool.lease(request())).end(failureOf('transient'));
    expect(pool.list()[0]?.counters).toEqual({ requests: 4, images: 0, failures: 3 });
    expect(pool.refusal(request())).toBeUndefined();
    expect(pool.endings.get('free_call')).toBe(1);
  });

  it('keeps a user on one account with SCHEDULING=sticky', async () => {
    const pool = new AccountPoolService(
      ['a', 'b', 'c', 'd'].map((email) => account(email, { maxConcurrency: 9 })),
      { ...OPTIONS, scheduling: 'sticky' },
    );
    const emails = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      emails.add((await pool.lease(request({ stickyKey: 'somebody' }))).account.email);
    }
    expect(emails.size).toBe(1);
  });

  it('forgives transient faults once an image was made', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    const settle = () => new Promise((done) => setTimeout(done, 2));
    for (const kind of ['fault', 'fault', 'image', 'fault', 'fault'] as const) {
      await settle();
      const lease = await pool.lease(request());
      lease.end(kind === 'image' ? { kind } : failureOf('transient'));
    }
    expect(pool.list()[0]?.modelConditions(Date.now())).toEqual([]);
    await settle();
    (await pool.lease(request())).end(failureOf('transient'));
    expect(pool.list()[0]?.modelConditions(Date.now())).toMatchObject([
      [MODEL, { cause: 'fault' }],
    ]);
  });

  it('leaves no listener on a signal once the wait is over', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const held = await pool.lease(request());
    const { signal } = new AbortController();
    const waiting = pool.lease(request({ signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    held.end({ kind: 'image' });
    await waiting;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('makes the fifth wait for a slot, and gives it the first free one', async () => {
    const pool = new AccountPoolService([account('a'), account('b')], OPTIONS);
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.lease(request())));
    const fifth = pool.lease(request());
    const winner = await Promise.race([fifth, new Promise((done) => setTimeout(done, 20, 'none'))]);
    expect(winner).toBe('none');
    leases[2]?.end({ kind: 'image' });
    expect((await fifth).account.email).toBe(leases[2]?.account.email);
  });

  it('releases a slot once, however often the lease is ended', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const lease = await pool.lease(request());
    lease.end({ kind: 'image' });
    lease.end({ kind: 'image' });
    await pool.lease(request());
    expect(await faultKind(pool.lease(request({ signal: AbortSignal.timeout(20) })))).toMatch(
      /TimeoutError/,
    );
  });

  it('limits the running images over all accounts', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 9 })], {
      ...OPTIONS,
      maxInflightImages: 1,
      maxWaitingImages: 0,
    });
    await pool.lease(request());
    expect(await faultKind(pool.lease(request()))).toBe('overloaded');
  });

  it('bounds the images that wait', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], {
      ...OPTIONS,
      maxWaitingImages: 1,
    });
    const lease = await pool.lease(request());
    const waiting = pool.lease(request());
    expect(await faultKind(pool.lease(request()))).toBe('overloaded');
    lease.end({ kind: 'image' });
    await waiting;
  });

  it('stops waiting when the client hangs up, and leaves nothing in the queue', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const lease = await pool.lease(request());
    const client = new AbortController();
    const waiting = pool.lease(request({ signal: client.signal }));
    client.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    lease.end({ kind: 'image' });
    expect((await pool.lease(request())).account.email).toBe('a');
  });

  it('refuses a signal that is aborted already', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(pool.lease(request({ signal }))).rejects.toThrow('gone');
  });

  it('takes a disabled account out of use, reports it once, and serves waiting requests on others', async () => {
    const told: string[] = [];
    const pool = new AccountPoolService(
      [account('a', { maxConcurrency: 1 }), account('b', { maxConcurrency: 1 })],
      OPTIONS,
      ({ email, model, condition }) => told.push(`${email} ${model ?? 'whole'} ${condition.state}`),
    );
    const [first, second] = await Promise.all([pool.lease(request()), pool.lease(request())]);
    first.end(failureOf('account_unusable'));
    const next = pool.lease(request());
    second.end({ kind: 'image' });
    expect((await next).account.email).toBe('b');
    expect(told).toEqual(['a whole disabled']);
    expect(statesIn(pool)).toEqual(['disabled', 'ready']);
  });

  it('cools all accounts of a project together', async () => {
    const pool = new AccountPoolService(
      [account('a', { project: 'p' }), account('b', { project: 'p' }), account('c')],
      OPTIONS,
    );
    const lease = await pool.lease(request({ pinnedAccount: 'a' }));
    lease.end(failureOf('rate_limit', 60_000));
    expect(await faultKind(pool.lease(request({ pinnedAccount: 'b' })))).toBe('rate_limited');
    expect((await pool.lease(request())).account.email).toBe('c');
  });

  it('reports all accounts of a project once, without those that were already out of use', async () => {
    const told: ConditionChange[] = [];
    const pool = new AccountPoolService(
      ['a', 'b', 'c', 'd'].map((email) => account(email, { project: 'p' })),
      OPTIONS,
      (change) => told.push(change),
    );
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((pinnedAccount) => pool.lease(request({ pinnedAccount }))),
    );
    a?.end(failureOf('account_unusable'));
    b?.end(failureOf('rate_limit', 60_000));
    c?.end(failureOf('rate_limit', 60_000));
    expect(told).toEqual([
      expect.objectContaining({ email: 'a', accounts: 1 }),
      expect.objectContaining({ email: 'b', accounts: 3, project: 'p', model: undefined }),
    ]);
  });

  it('reports that no account is left for a model, once its quota is used up on all of them', async () => {
    const told: ConditionChange[] = [];
    const pool = new AccountPoolService(
      [account('a'), account('b'), account('not-for-it', { models: ['x'] })],
      OPTIONS,
      (change) => told.push(change),
    );
    const leases = await Promise.all([pool.lease(request()), pool.lease(request())]);
    for (const lease of leases) {
      const { kind, failure } = failureOf('quota');
      lease.end({ kind, failure: { ...failure, isOfModel: true } });
    }
    expect(told).toMatchObject([
      { model: MODEL, isLastUsable: false },
      { model: MODEL, isLastUsable: true, isLast: false },
    ]);
  });

  it('waits out a short cooling', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    const lease = await pool.lease(request());
    lease.end(failureOf('rate_limit', 1000));
    const started = Date.now();
    expect((await pool.lease(request({ tried: new Set(['a']) }))).account.email).toBe('a');
    expect(Date.now() - started).toBeGreaterThanOrEqual(900);
  });

  it('leaves the account unchanged when a call was abandoned', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    (await pool.lease(request())).end({ kind: 'abandoned' });
    expect(statesIn(pool)).toEqual(['ready']);
  });

  it.each<[string, Account[], RequestFields, string]>([
    ['an unknown pin', [account('a')], { pinnedAccount: 'z' }, 'invalid_request'],
    ['a pin', [account('a'), account('b')], { pinnedAccount: 'b' }, 'leased'],
    [
      'a pin that is not enabled',
      [account('a', { enabled: false })],
      { pinnedAccount: 'a' },
      'no_account_available',
    ],
    ['no enabled account', [account('a', { enabled: false })], {}, 'no_account_available'],
    ['a model that is not allowed', [account('a', { models: ['x'] })], {}, 'model_not_found'],
    ['a model that is allowed', [account('a', { models: [MODEL] })], {}, 'leased'],
  ])('%s', async (_name, accounts, fields, expected) => {
    const pool = new AccountPoolService(accounts, OPTIONS);
    expect(await faultKind(pool.lease(request(fields)))).toBe(expected);
  });

  it('shares slots fairly: one request for ten does not starve ten for one', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const order: string[] = [];
    const work = async (name: string, signal: AbortSignal) => {
      const lease = await pool.lease(request({ signal }));
      order.push(name);
      await new Promise((done) => setImmediate(done));
      lease.end({ kind: 'image' });
    };
    const many = new AbortController().signal;
    const works = Array.from({ length: 5 }, () => work('many', many));
    for (const name of ['one', 'two', 'three']) {
      works.push(work(name, new AbortController().signal));
    }
    await Promise.all(works);
    expect(order).toEqual(['many', 'many', 'one', 'two', 'three', 'many', 'many', 'many']);
  });

  it('enables an account, and serves requests that wait for it', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    (await pool.lease(request())).end(failureOf('account_unusable'));
    expect(await faultKind(pool.lease(request()))).toBe('no_account_available');
    expect(pool.enable('a')?.account.email).toBe('a');
    expect(pool.enable('z')).toBeUndefined();
    expect(await faultKind(pool.lease(request()))).toBe('leased');
  });

  it('disables an account, even for requests that wait for it, and whatever its credential', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const held = await pool.lease(request());
    const waiting = faultKind(pool.lease(request()));
    expect(pool.disable('a')?.account.email).toBe('a');
    expect(pool.disable('z')).toBeUndefined();
    expect(await waiting).toBe('no_account_available');
    held.end({ kind: 'image' });
    expect(pool.list()[0]?.counters.images).toBe(1);
    pool.reload([account('a', { apiKey: 'another' }), account('b', { priority: 9 })]);
    const lease = await pool.lease(request());
    expect(lease.account.email).toBe('b');
    pool.enable('a');
    expect((await pool.lease(request())).account.email).toBe('a');
  });

  it('ignores the outcome of a call with the old credential', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    const held = await pool.lease(request());
    pool.reload([account('a', { apiKey: 'another' })]);
    held.end(failureOf('account_unusable'));
    expect(await faultKind(pool.lease(request()))).toBe('leased');
    const before = await pool.lease(request());
    pool.enable('a');
    before.end(failureOf('account_unusable'));
    expect(await faultKind(pool.lease(request()))).toBe('leased');
  });

  it('serves waiting requests even if reporting a failure fails', async () => {
    const pool = new AccountPoolService(
      [account('a', { maxConcurrency: 1 }), account('b', { maxConcurrency: 1 })],
      OPTIONS,
      () => {
        throw new Error('the log is full');
      },
    );
    const [first] = await Promise.all([pool.lease(request()), pool.lease(request())]);
    const waiting = pool.lease(request({ tried: new Set(['b']) }));
    expect(() => {
      first.end(failureOf('rate_limit', 1000));
    }).toThrow('the log is full');
    expect((await waiting).account.email).toBe('a');
  });

  it('gives the slot of an abandoned call to a waiting request', async () => {
    const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
    const held = await pool.lease(request());
    const waiting = pool.lease(request());
    held.end({ kind: 'abandoned' });
    expect((await waiting).account.email).toBe('a');
  });

  it('reports why no account could serve, or that one could', async () => {
    const pool = new AccountPoolService([account('a'), account('b')], OPTIONS);
    (await pool.lease(request({ pinnedAccount: 'a' }))).end(failureOf('account_unusable'));
    expect(pool.refusal(request())).toBeUndefined();
    (await pool.lease(request({ pinnedAccount: 'b' }))).end(failureOf('account_unusable'));
    expect(pool.refusal(request())?.kind).toBe('no_account_available');
    const limited = new AccountPoolService([account('a')], OPTIONS);
    (await limited.lease(request())).end(failureOf('rate_limit', 3000));
    // Short enough to be waited out, but an image that has no attempt left cannot.
    expect(limited.refusal(request())).toBeUndefined();
    expect(limited.refusalNow(request())).toEqual({ kind: 'rate_limited', retryAfterSeconds: 3 });
    const limitedForLong = new AccountPoolService([account('a')], OPTIONS);
    (await limitedForLong.lease(request())).end(failureOf('rate_limit', 30_000));
    expect(limitedForLong.refusal(request())).toEqual({
      kind: 'rate_limited',
      retryAfterSeconds: 30,
    });
  });

  it('cools an account after a rate limit, and calls it exhausted without quota', async () => {
    const pool = new AccountPoolService([account('a'), account('b')], OPTIONS);
    (await pool.lease(request({ pinnedAccount: 'a' }))).end(failureOf('rate_limit', 60_000));
    expect(statesIn(pool)).toEqual(['cooling', 'ready']);
    (await pool.lease(request({ pinnedAccount: 'b' }))).end(failureOf('quota'));
    expect(statesIn(pool)).toEqual(['cooling', 'exhausted']);
  });

  it('asks an exhausted account again after ten minutes, once', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      jest.setSystemTime(Date.parse('2026-11-22T15:00:00Z'));
      const pool = new AccountPoolService([account('a')], OPTIONS);
      (await pool.lease(request())).end(failureOf('quota'));
      expect(await faultKind(pool.lease(request()))).toBe('quota_exhausted');
      jest.setSystemTime(Date.parse('2026-11-22T15:10:01Z'));
      const probe = await pool.lease(request());
      expect(await faultKind(pool.lease(request()))).toBe('quota_exhausted');
      probe.end({ kind: 'image' });
      expect(await faultKind(pool.lease(request()))).toBe('leased');
    } finally {
      jest.useRealTimers();
    }
  });

  describe('with a new configuration', () => {
    it.each<[string, Partial<DeveloperApiAccount>, string]>([
      [
        'new limits do not reset an account',
        { maxConcurrency: 9, priority: 2 },
        'no_account_available',
      ],
      ['a new credential resets it', { apiKey: 'another' }, 'leased'],
      ['another server resets it', { baseUrl: 'http://127.0.0.1:1' }, 'leased'],
    ])('%s', async (_name, fields, expected) => {
      const pool = new AccountPoolService([account('a')], OPTIONS);
      (await pool.lease(request())).end(failureOf('account_unusable'));
      pool.reload([account('a', fields)]);
      expect(await faultKind(pool.lease(request()))).toBe(expected);
    });

    it('lets removed accounts finish, and gives new ones to waiting requests', async () => {
      const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
      const held = await pool.lease(request());
      const waiting = pool.lease(request());
      pool.reload([account('b', { maxConcurrency: 1 })]);
      expect((await waiting).account.email).toBe('b');
      held.end({ kind: 'image' });
      expect(pool.list().map(({ account: { email } }) => email)).toEqual(['b']);
    });

    it('counts the leases of an account that returns', async () => {
      const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
      const held = await pool.lease(request());
      pool.reload([account('b')]);
      pool.reload([account('a', { maxConcurrency: 1 })]);
      expect(await faultKind(pool.lease(request({ signal: AbortSignal.timeout(20) })))).toMatch(
        /TimeoutError/,
      );
      held.end({ kind: 'image' });
      expect(await faultKind(pool.lease(request()))).toBe('leased');
    });

    it('keeps the leases of an account that stays', async () => {
      const pool = new AccountPoolService([account('a', { maxConcurrency: 1 })], OPTIONS);
      await pool.lease(request());
      pool.reload([account('a', { maxConcurrency: 2 })]);
      await pool.lease(request());
      expect(await faultKind(pool.lease(request({ signal: AbortSignal.timeout(20) })))).toMatch(
        /TimeoutError/,
      );
    });
  });

  it('counts the calls, images and failures of each account', async () => {
    const pool = new AccountPoolService([account('a')], OPTIONS);
    (await pool.lease(request())).end({ kind: 'image' });
    (await pool.lease(request())).end(failureOf('no_image'));
    (await pool.lease(request())).end({ kind: 'abandoned' });
    expect(pool.list()[0]?.counters).toEqual({ requests: 3, images: 1, failures: 1 });
  });

  it('never exceeds a limit and never loses a slot, whatever happens', async () => {
    const step = fc.record({
      act: fc.constantFrom('lease', 'lease', 'end', 'abort'),
      pick: fc.nat(1000),
      outcome: fc.constantFrom(
        { kind: 'image' as const },
        { kind: 'abandoned' as const },
        failureOf('transient'),
        failureOf('no_image'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const limits = new Map([
          ['a', 1],
          ['b', 2],
        ]);
        const accounts = [...limits].map(([email, maxConcurrency]) =>
          account(email, { maxConcurrency }),
        );
        const pool = new AccountPoolService(accounts, { ...OPTIONS, maxInflightImages: 3 });
        const held: Lease[] = [];
        const waiting = new Set<AbortController>();
        const settle = () => new Promise((done) => setImmediate(done));
        for (const { act, pick, outcome } of steps) {
          if (act === 'lease') {
            const client = new AbortController();
            waiting.add(client);
            void pool
              .lease(request({ signal: client.signal }))
              .then((lease) => held.push(lease))
              .catch(() => undefined)
              .finally(() => waiting.delete(client));
          } else if (act === 'end' && held.length > 0) {
            held.splice(pick % held.length, 1)[0]?.end(outcome);
          } else if (act === 'abort' && waiting.size > 0) {
            [...waiting][pick % waiting.size]?.abort(new Error('gone'));
          }
          await settle();
          for (const [email, limit] of limits) {
            const count = held.filter((lease) => lease.account.email === email).length;
            expect(count).toBeLessThanOrEqual(limit);
          }
        }
        // Once every lease has ended and nothing waits, every slot is free again.
        for (const client of waiting) {
          client.abort(new Error('gone'));
        }
        await settle();
        for (const lease of held) {
          lease.end({ kind: 'image' });
        }
        const all = await Promise.all([1, 2, 3].map(() => pool.lease(request())));
        expect(all.map((lease) => lease.account.email).sort()).toEqual(['a', 'b', 'b']);
      }),
      { numRuns: 60 },
    );
  });
});
