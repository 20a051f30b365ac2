import { HEALTHY } from '../account-health';
import { writeHealth } from '../health-record';
import { readMessage, readSync, readScriptResult } from './pool-reply';

const JSON_OF_HEALTHY = writeHealth(HEALTHY);

describe('readScriptResult', () => {
  it.each<[string, unknown, unknown]>([
    ['granted', ['done', '12'], { kind: 'done', version: 12 }],
    [
      'changed by somebody else',
      ['stale', `7 ${JSON_OF_HEALTHY}`],
      { kind: 'stale', record: { version: 7, health: HEALTHY } },
    ],
    ['gone from the record', ['stale', ''], { kind: 'stale', record: undefined }],
    ['full', ['full', 2, '31'], { kind: 'full', remoteCount: 2, sequence: 31 }],
    ['not its turn', ['turn'], { kind: 'turn' }],
    ['no response', undefined, undefined],
    ['a reply of another kind', 'OK', undefined],
    ['a reply of a later version', ['perhaps'], undefined],
  ])('understands %s', (_name, reply, result) => {
    expect(readScriptResult(reply)).toEqual(result);
  });
});

describe('readMessage', () => {
  it.each<[string, string, unknown]>([
    [
      'a lease taken',
      'place 5 +1 replica-1 studio at home@example.com',
      {
        kind: 'lease',
        sequence: 5,
        change: 1,
        replica: 'replica-1',
        email: 'studio at home@example.com',
      },
    ],
    [
      'a lease returned',
      'place 6 -1 r a@b',
      { kind: 'lease', sequence: 6, change: -1, replica: 'r', email: 'a@b' },
    ],
    [
      'a change of health',
      `health 9 hash a@b\n${JSON_OF_HEALTHY}`,
      { kind: 'health', field: 'hash a@b', record: { version: 9, health: HEALTHY } },
    ],
    ['what is none of ours', 'hello', undefined],
    ['a change without a version', `health x hash a@b\n${JSON_OF_HEALTHY}`, undefined],
  ])('understands %s', (_name, message, expected) => {
    expect(readMessage(message)).toEqual(expected);
  });
});

describe('readSync', () => {
  it('parses everything that Redis returns', () => {
    const reply = ['epoch', 44, '1500', ['a@b', 2], ['hash a@b', `3 ${JSON_OF_HEALTHY}`, 'x', '?']];
    expect(readSync(reply)).toEqual({
      epoch: 'epoch',
      sequence: 44,
      nextExpiryMs: 1500,
      remoteCounts: new Map([['a@b', 2]]),
      health: new Map([['hash a@b', { version: 3, health: HEALTHY }]]),
    });
  });

  it('reports that no other replica has leases', () => {
    expect(readSync(['e', 1, '', [], []])?.nextExpiryMs).toBeUndefined();
  });

  it('reports nothing without a reply', () => {
    expect(readSync(undefined)).toBeUndefined();
  });
});
