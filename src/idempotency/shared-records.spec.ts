import { readFile } from 'node:fs/promises';
import type { RecordClaim, RequestRecord, RequestRecords } from '../ledger/request-records';
import { LocalRecords } from './local-records';
import { SharedRecords } from './shared-records';

const AWAY = new Error('connect ECONNREFUSED');

/** A database of another process, which can be away, silent, or refuse. */
class Database extends LocalRecords implements RequestRecords {
  fault: Error | 'silent' | undefined;
  readonly calls: string[] = [];

  override claim(claim: RecordClaim): Promise<RequestRecord | undefined> {
    return this.unlessFault('claim', () => super.claim(claim));
  }
  override renew(scope: string, holder: string, expiresAt: number): Promise<void> {
    return this.unlessFault('renew', () => super.renew(scope, holder, expiresAt));
  }
  override end(end: Parameters<RequestRecords['end']>[0]): Promise<void> {
    return this.unlessFault('end', () => super.end(end));
  }

  private unlessFault<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    if (this.fault === 'silent') {
      return new Promise(() => undefined);
    }
    return this.fault === undefined ? call() : Promise.reject(this.fault);
  }
}

const record = (fields: Partial<RequestRecord> = {}): RequestRecord => ({
  scope: 'scope',
  owner: 'owner',
  keyDigest: 'digest',
  requestId: 'req_1',
  fingerprint: 'f',
  holder: 'first',
  state: 'at_work',
  expiresAt: Date.now() + 30_000,
  content: null,
  ...fields,
});

describe('SharedRecords', () => {
  let database: Database;
  let records: SharedRecords;
  let said: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    database = new Database();
    said = [];
    const log = (_: unknown, text: string) => said.push(text);
    const logger = { warn: log, info: log } as unknown as ConstructorParameters<
      typeof SharedRecords
    >[1];
    records = new SharedRecords(database, logger);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const claim = (fields: Partial<RequestRecord> = {}) =>
    records.claim({ record: record(fields), now: Date.now() });
  const end = (scope = 'scope') =>
    records.end({
      scope,
      holder: 'first',
      state: 'kept',
      content: 'x',
      expiresAt: Date.now() + 60_000,
    });
  /** Runs what is asked for until it has a response or is given up. */
  const settle = async <T>(asked: Promise<T>): Promise<T> => {
    await jest.advanceTimersByTimeAsync(2100);
    return asked;
  };

  it('reports an end to the database as soon as it is back, and nothing twice', async () => {
    await claim();
    database.fault = AWAY;
    await end();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(database.get('scope')?.state).toBe('at_work');
    database.fault = undefined;
    await jest.advanceTimersByTimeAsync(1000);
    expect(database.get('scope')).toMatchObject({ state: 'kept', content: 'x' });
    const calls = database.calls.length;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(database.calls).toHaveLength(calls);
    expect(said.filter((text) => text.startsWith('database is away'))).not.toHaveLength(0);
    expect(said.at(-1)).toContain('database is back');
  });

  it('reports what began while it was unavailable, running and kept', async () => {
    database.fault = AWAY;
    const first = await claim();
    expect(first).toEqual({ existing: undefined, isLocal: true });
    await claim({ scope: 'other' });
    await end('other');
    database.fault = undefined;
    await jest.advanceTimersByTimeAsync(1000);
    expect(database.get('scope')?.state).toBe('at_work');
    expect(database.get('other')?.state).toBe('kept');
    await end();
    expect(database.get('scope')?.state).toBe('kept');
  });

  it('does not change a record that another process has made meanwhile', async () => {
    database.fault = AWAY;
    await claim();
    await end();
    database.fault = undefined;
    await database.claim({ record: record({ holder: 'other' }), now: Date.now() });
    await jest.advanceTimersByTimeAsync(1000);
    expect(database.get('scope')).toMatchObject({ holder: 'other', state: 'at_work' });
  });

  it('gives up records that are no longer kept', async () => {
    database.fault = AWAY;
    await claim();
    await end();
    await jest.advanceTimersByTimeAsync(61_000);
    database.fault = undefined;
    const calls = database.calls.length;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(database.calls).toHaveLength(calls);
    expect(database.get('scope')).toBeUndefined();
  });

  it('lets a client wait half a second at most while the database does not respond', async () => {
    database.fault = 'silent';
    let claimed: unknown;
    void claim().then((granted) => (claimed = granted));
    await jest.advanceTimersByTimeAsync(400);
    expect(claimed).toBeUndefined();
    await jest.advanceTimersByTimeAsync(120);
    expect(claimed).toEqual({ existing: undefined, isLocal: true });
  });

  it('waits longer for one that is only busy, though not forever', async () => {
    let isOver = false;
    database.fault = 'silent';
    const asked = claim().then((claimed) => {
      isOver = true;
      return claimed;
    });
    await jest.advanceTimersByTimeAsync(0);
    for (let others = 0; others < 6; others += 1) {
      database.fault = undefined;
      await claim({ scope: `other-${others}` });
      database.fault = 'silent';
      await jest.advanceTimersByTimeAsync(300);
    }
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(300);
    expect(isOver).toBe(true);
    expect(await asked).toMatchObject({ isLocal: true });
  });

  it('blocks only the key whose query is late, and queries for others', async () => {
    database.fault = 'silent';
    expect(await settle(claim())).toMatchObject({ isLocal: true });
    database.fault = undefined;
    expect(await claim({ scope: 'other' })).toMatchObject({ isLocal: false });
    expect(database.get('other')).toBeDefined();
  });

  it('stops querying if several in a row are late', async () => {
    database.fault = 'silent';
    for (const scope of ['a', 'b', 'c']) {
      await settle(claim({ scope }));
    }
    const calls = database.calls.length;
    expect(await claim({ scope: 'd' })).toMatchObject({ isLocal: true });
    expect(database.calls).toHaveLength(calls);
  });

  it('does not treat one refused query as an unavailable database', async () => {
    database.fault = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    expect(await claim()).toMatchObject({ isLocal: true });
    database.fault = undefined;
    expect(await claim({ scope: 'other' })).toMatchObject({ isLocal: false });
  });

  it('is granted what it had been granted when the connection was lost', async () => {
    const lost = jest.spyOn(database, 'claim').mockImplementationOnce(async (asked) => {
      await LocalRecords.prototype.claim.call(database, asked);
      throw new Error('Connection terminated');
    });
    expect(await claim()).toEqual({ existing: undefined, isLocal: false });
    expect(lost).toHaveBeenCalledTimes(2);
  });

  describe('that has seen a request running in another process', () => {
    const SEEN_MS = 20_000;
    const mine = { holder: 'mine' };

    beforeEach(async () => {
      const others = record({ holder: 'other', expiresAt: Date.now() + SEEN_MS });
      await database.claim({ record: others, now: Date.now() });
      expect(await claim(mine)).toMatchObject({ existing: { holder: 'other' } });
    });

    it.each<[string, Error | 'silent']>([
      ['away', AWAY],
      ['silent', 'silent'],
    ])('waits for it while the database is %s, and no longer than its lease', async (_, fault) => {
      database.fault = fault;
      for (const who of ['mine', 'newcomer']) {
        const asked = settle(claim({ holder: who }));
        expect(await asked).toMatchObject({ existing: { holder: 'other' }, isLocal: false });
      }
      await jest.advanceTimersByTimeAsync(SEEN_MS);
      expect(await settle(claim(mine))).toEqual({ existing: undefined, isLocal: true });
    });

    it('forgets this once the database says otherwise', async () => {
      const end = { state: 'failed', content: null, expiresAt: 0 } as const;
      await database.end({ scope: 'scope', holder: 'other', ...end });
      expect(await claim(mine)).toMatchObject({ existing: undefined });
      await records.end({ scope: 'scope', holder: 'mine', ...end });
      database.fault = AWAY;
      expect(await claim({ holder: 'next' })).toEqual({ existing: undefined, isLocal: true });
    });

    it('still claims another key', async () => {
      database.fault = AWAY;
      expect(await claim({ scope: 'other' })).toEqual({ existing: undefined, isLocal: true });
    });
  });

  it('does not count delays of the process as delays of the database', async () => {
    jest.useRealTimers();
    jest.spyOn(database, 'claim').mockImplementationOnce(async (asked) => {
      await readFile(__filename);
      return LocalRecords.prototype.claim.call(database, asked);
    });
    const asked = claim();
    // Until the question is on its way.
    await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    expect(await asked).toEqual({ existing: undefined, isLocal: false });
  });

  it('reports what is left when it is closed', async () => {
    await claim();
    database.fault = AWAY;
    await end();
    database.fault = undefined;
    await records.close();
    expect(database.get('scope')?.state).toBe('kept');
  });
});
