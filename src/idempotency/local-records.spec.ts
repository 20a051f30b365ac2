import type { RequestRecord } from '../ledger/request-records';
import { LocalRecords } from './local-records';

const NOW = 1_000_000;
const record = (fields: Partial<RequestRecord> = {}): RequestRecord => ({
  scope: 'scope',
  owner: 'owner',
  keyDigest: 'digest',
  requestId: 'req_1',
  fingerprint: 'f',
  holder: 'first',
  state: 'at_work',
  expiresAt: NOW + 1000,
  content: null,
  ...fields,
});

describe('LocalRecords', () => {
  it.each<[string, Partial<RequestRecord>, { lost?: string; awaited?: string }, boolean]>([
    ['one at work', {}, {}, true],
    ['one at work whose lease is over', { expiresAt: NOW }, {}, false],
    ['one that is kept', { state: 'kept', content: 'x' }, {}, true],
    ['one that is kept no longer', { state: 'kept', content: 'x', expiresAt: NOW }, {}, false],
    ['one whose bytes are gone', { state: 'kept', content: 'x' }, { lost: 'x' }, false],
    ['one of which others were lost', { state: 'kept', content: 'x' }, { lost: 'y' }, true],
    ['one that has failed', { state: 'failed', content: 'x' }, {}, false],
    [
      'a failure that was waited for',
      { state: 'failed', content: 'x' },
      { awaited: 'first' },
      true,
    ],
    ['a failure of another', { state: 'failed', content: 'x' }, { awaited: 'other' }, false],
  ])('has %s stand in the way or not', async (_name, fields, claim, stands) => {
    const records = new LocalRecords();
    const existing = record(fields);
    await records.claim({ record: existing, now: NOW });
    const next = record({ holder: 'second' });
    const found = await records.claim({ record: next, now: NOW, ...claim });
    expect(found).toEqual(stands ? existing : undefined);
  });

  it('lets only its holder renew and end a lease', async () => {
    const records = new LocalRecords();
    await records.claim({ record: record(), now: NOW });
    await records.renew('scope', 'other', NOW + 9000);
    const end = { scope: 'scope', state: 'kept', content: 'x', expiresAt: NOW + 9000 } as const;
    await records.end({ ...end, holder: 'other' });
    const query = { owner: 'owner', requestId: 'req_1' };
    expect(await records.find(query, NOW)).toEqual(record());
    await records.renew('scope', 'first', NOW + 5000);
    expect(await records.find(query, NOW + 4000)).toBeDefined();
    await records.end({ ...end, holder: 'first' });
    expect(await records.find(query, NOW)).toMatchObject({ state: 'kept', content: 'x' });
  });

  it.each<[string, Parameters<LocalRecords['find']>[0], number, string | undefined]>([
    ['by its id', { owner: 'owner', requestId: 'req_1' }, NOW, 'a'],
    ['the latest by its key', { owner: 'owner', keyDigest: 'digest' }, NOW, 'b'],
    ['nothing of another owner', { owner: 'other', requestId: 'req_1' }, NOW, undefined],
    ['nothing of another key', { owner: 'owner', keyDigest: 'other' }, NOW, undefined],
    ['nothing that is over', { owner: 'owner', keyDigest: 'digest' }, NOW + 1000, undefined],
  ])('finds %s', async (_name, query, now, scope) => {
    const records = new LocalRecords();
    await records.claim({ record: record({ scope: 'a' }), now: NOW });
    await records.claim({ record: record({ scope: 'b', requestId: 'req_2' }), now: NOW });
    expect((await records.find(query, now))?.scope).toBe(scope);
  });

  it('forgets the oldest beyond the maximum, but no running ones', async () => {
    const records = new LocalRecords(2);
    for (const scope of ['work', 'old', 'new', 'newest']) {
      const own = record({ scope, requestId: scope, holder: scope });
      await records.claim({ record: own, now: NOW });
      if (scope !== 'work') {
        const end = { state: 'kept', content: 'x', expiresAt: NOW + 1000 } as const;
        await records.end({ scope, holder: scope, ...end });
      }
    }
    const found = await Promise.all(
      ['work', 'old', 'new', 'newest'].map((requestId) =>
        records.find({ owner: 'owner', requestId }, NOW),
      ),
    );
    expect(found.map((each) => each?.scope)).toEqual(['work', undefined, undefined, 'newest']);
  });
});
