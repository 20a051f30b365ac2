import { until } from '../../test/until';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account } from './account';
import { AccountCheck, type TryCredential } from './account-check';
import { AccountPoolService } from './account-pool.service';
import type { ConditionChange } from './health-keeper';

const REFUSED: GeminiFailure = {
  kind: 'account_unusable',
  reason: '400 INVALID_ARGUMENT API_KEY_INVALID',
};

function account(email: string, fields: Partial<Account> = {}): Account {
  const common = {
    email,
    apiKey: `key-of-${email}`,
    maxConcurrency: 4,
    priority: 1,
    enabled: true,
  };
  return { ...common, provider: 'gemini', ...fields } as Account;
}

function accounts(count: number): readonly Account[] {
  return Array.from({ length: count }, (_, index) => account(`a${index}@x.org`));
}

/** A pool with a check of it, and all that is told of it. */
function begin(
  inForce: readonly Account[],
  trial: TryCredential,
  { isOn = true, paceMs = 0 } = {},
) {
  const changes: ConditionChange[] = [];
  const lines: string[] = [];
  const pool = new AccountPoolService(
    inForce,
    { scheduling: 'balanced', maxInflightImages: 9, maxWaitingImages: 9 },
    (change) => changes.push(change),
  );
  const tried: string[] = [];
  let heard: () => void = () => undefined;
  const take = (level: string) => (_fields: object, text: string) => {
    lines.push(`${level}: ${text}`);
    heard();
  };
  const check = new AccountCheck(
    pool,
    (one, signal) => {
      tried.push(one.email);
      return trial(one, signal);
    },
    { info: take('info'), warn: take('warn') },
    { isOn, paceMs },
  );
  return {
    pool,
    check,
    changes,
    lines,
    tried,
    /** Starts a pass, and waits until it has been told. */
    pass: async () => {
      const told = new Promise<void>((resolve) => (heard = resolve));
      check.start();
      await told;
      await new Promise(setImmediate);
    },
    states: () => pool.list().map((member) => member.conditionOfAccount(Date.now()).state),
  };
}

const taken: TryCredential = () => Promise.resolve(undefined);
const allBut =
  (email: string, failure: GeminiFailure): TryCredential =>
  (one) =>
    Promise.resolve(one.email === email ? failure : undefined);

describe('a check of the accounts', () => {
  it('checks each once, and logs one line', async () => {
    const { pass, tried, lines, states } = begin(accounts(30), taken);
    await pass();
    expect([...tried].sort()).toEqual(
      accounts(30)
        .map(({ email }) => email)
        .sort(),
    );
    expect(lines).toEqual(['info: credentials of 30 account(s) checked: 30 accepted, 0 rejected']);
    expect(new Set(states())).toEqual(new Set(['ready']));
  });

  it('disables the one that is refused, with the reason, and counts no call', async () => {
    const { pass, pool, changes, lines, states } = begin(accounts(3), allBut('a1@x.org', REFUSED));
    await pass();
    expect(states()).toEqual(['ready', 'disabled', 'ready']);
    expect(changes).toMatchObject([
      { email: 'a1@x.org', condition: { reason: REFUSED.reason }, isLast: false },
    ]);
    expect(pool.list()[1]?.counters).toEqual({ requests: 0, images: 0, failures: 0 });
    expect(lines).toEqual([expect.stringContaining('2 accepted, 1 rejected')]);
  });

  it('logs it when no account is left', async () => {
    const { pass, changes } = begin(accounts(2), () => Promise.resolve(REFUSED));
    await pass();
    expect(changes.map(({ isLast }) => isLast)).toEqual([false, true]);
  });

  it.each<GeminiFailure>([
    { kind: 'transient', reason: 'ECONNREFUSED' },
    { kind: 'unreachable', reason: 'CONNECT_TIMEOUT' },
    { kind: 'timeout', reason: 'no response within 15000 ms' },
    { kind: 'overloaded', reason: '503 UNAVAILABLE' },
    { kind: 'rate_limit', reason: '429 RESOURCE_EXHAUSTED' },
    { kind: 'quota', reason: '429 RESOURCE_EXHAUSTED daily quota' },
    // A corporate proxy may know nothing but the call that makes images.
    { kind: 'model_missing', reason: '404 NOT_FOUND' },
    { kind: 'model_forbidden', reason: '403 PERMISSION_DENIED' },
    { kind: 'invalid_request', reason: '400 INVALID_ARGUMENT' },
    // A key may be kept from listing models alone.
    { kind: 'account_unusable', reason: '403 PERMISSION_DENIED API_KEY_SERVICE_BLOCKED' },
  ])('only tells of %j', async (failure) => {
    const { pass, changes, lines, states } = begin(accounts(2), allBut('a0@x.org', failure));
    await pass();
    expect(states()).toEqual(['ready', 'ready']);
    expect(changes).toEqual([]);
    expect(lines).toEqual([
      expect.stringContaining('2 account(s) checked: 1 accepted, 0 rejected'),
      expect.stringMatching(/^warn: 1 account\(s\) could not be checked and stay in use/),
    ]);
  });

  it('skips accounts that are not enabled, disabled, or the emulator’s', async () => {
    const { pass, pool, tried } = begin(
      [
        account('off@x.org', { enabled: false }),
        account('out@x.org'),
        account('drawn@x.org', { provider: 'emulator' }),
        account('in@x.org'),
      ],
      taken,
    );
    pool.disable('out@x.org');
    await pass();
    expect(tried).toEqual(['in@x.org']);
  });

  it('is none when it is off, or the process ends', async () => {
    const off = begin(accounts(2), taken, { isOn: false });
    off.check.onApplicationBootstrap();
    const ended = begin(accounts(2), taken);
    ended.check.onApplicationShutdown();
    ended.check.onApplicationBootstrap();
    await new Promise((done) => setTimeout(done, 20));
    expect([off.tried, ended.tried, off.lines, ended.lines]).toEqual([[], [], [], []]);
  });

  it('tries new accounts and new credentials after a reload', async () => {
    const { pass, pool, tried } = begin(accounts(3), taken);
    await pass();
    tried.length = 0;
    pool.reload([
      account('a0@x.org', { priority: 7 }),
      account('a1@x.org', { apiKey: 'another' }),
      account('new@x.org'),
    ]);
    await pass();
    expect(tried).toEqual(['a1@x.org', 'new@x.org']);
  });

  it('starts again if a reload arrives while it runs', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { check, pool, tried, pass } = begin(accounts(1), async () => {
      await held;
      return undefined;
    });
    check.start();
    pool.reload([...accounts(1), account('new@x.org')]);
    const over = pass();
    letGo();
    await over;
    await until(() => tried.length >= 2);
    expect(tried).toEqual(['a0@x.org', 'new@x.org']);
  });

  it('forgets what it finds of a credential that was replaced in the meantime', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { pass, pool, tried, states } = begin(accounts(1), async () => {
      await held;
      return REFUSED;
    });
    const over = pass();
    await until(() => tried.length > 0);
    pool.reload([account('a0@x.org', { apiKey: 'another' })]);
    letGo();
    await over;
    expect(states()).toEqual(['ready']);
  });

  it('never has more than a few at a time, one after the other', async () => {
    let atWork = 0;
    let most = 0;
    const starts: number[] = [];
    const { pass } = begin(
      accounts(12),
      async () => {
        starts.push(performance.now());
        most = Math.max(most, (atWork += 1));
        await new Promise((done) => setTimeout(done, 100));
        atWork -= 1;
        return undefined;
      },
      { paceMs: 10 },
    );
    await pass();
    expect(most).toBeLessThanOrEqual(4);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(11 * 9);
  });

  it('gives up if the network fails, and checks the rest after the next reload', async () => {
    const lost: GeminiFailure = { kind: 'unreachable', reason: 'CONNECT_TIMEOUT' };
    const { pass, tried, lines, states } = begin(accounts(200), () => Promise.resolve(lost));
    await pass();
    expect(tried.length).toBeGreaterThanOrEqual(20);
    expect(tried.length).toBeLessThan(30);
    expect(lines.at(-1)).toContain('the remaining ones were skipped');
    expect(new Set(states())).toEqual(new Set(['ready']));
    tried.length = 0;
    await pass();
    expect(tried).not.toContain('a0@x.org');
    expect(tried.length).toBeGreaterThanOrEqual(20);
  });
});
