import type { RequestRecord } from '../ledger/request-records';
import { MAX_RECORDS } from './local-records';
import { SeenLeases } from './seen-leases';

const lease = (fields: Partial<RequestRecord> = {}): RequestRecord => ({
  scope: 'scope',
  owner: 'owner',
  keyDigest: 'digest',
  requestId: 'req_1',
  fingerprint: 'f',
  holder: 'other',
  state: 'at_work',
  expiresAt: 1000,
  content: null,
  ...fields,
});

describe('SeenLeases', () => {
  it.each<[string, RequestRecord | undefined, number, boolean]>([
    ['a lease', lease(), 999, true],
    ['a lease that has ended', lease(), 1000, false],
    ['a request that is over', lease({ state: 'kept', content: 'x' }), 0, false],
    ['a request that has failed', lease({ state: 'failed' }), 0, false],
    ['nothing', undefined, 0, false],
  ])('holds on to %s or not', (_name, standing, now, isHeld) => {
    const seen = new SeenLeases();
    seen.note('scope', lease({ holder: 'earlier', expiresAt: 500 }));
    seen.note('scope', standing);
    expect(seen.find('scope', now)).toBe(isHeld ? standing : undefined);
    expect(seen.find('another', now)).toBeUndefined();
  });

  it('forgets the oldest of too many', () => {
    const seen = new SeenLeases();
    for (let index = 0; index <= MAX_RECORDS; index += 1) {
      seen.note(`scope-${index}`, lease());
    }
    expect(seen.find('scope-0', 0)).toBeUndefined();
    expect(seen.find('scope-1', 0)).toBeDefined();
  });
});
