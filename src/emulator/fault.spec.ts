import fc from 'fast-check';

import { takeFaults } from './fault';
import type { Call, Fault } from './fault';

const CALL: Call = { key: 'k1', model: 'gemini-3-pro-image' };

/** What so many equal calls get, one after the other: the fault's kind, or `ok`. */
function sequence(faults: readonly Fault[], calls: number, call = CALL): readonly string[] {
  let left = faults;
  return Array.from({ length: calls }, () => {
    const taken = takeFaults(left, call);
    left = taken.left;
    return taken.fault?.kind ?? 'ok';
  });
}

describe('takeFaults', () => {
  it.each<[string, readonly Fault[], readonly string[]]>([
    ['none', [], ['ok', 'ok', 'ok']],
    ['for ever', [{ kind: 'garbage' }], ['garbage', 'garbage', 'garbage']],
    ['twice', [{ kind: 'garbage', count: 2 }], ['garbage', 'garbage', 'ok']],
    ['after one', [{ kind: 'garbage', after: 1, count: 1 }], ['ok', 'garbage', 'ok']],
    ['the same key', [{ kind: 'garbage', key: 'k1', count: 1 }], ['garbage', 'ok', 'ok']],
    ['another key', [{ kind: 'garbage', key: 'k2' }], ['ok', 'ok', 'ok']],
    ['another model', [{ kind: 'garbage', model: 'gemini-2.5-flash-image' }], ['ok', 'ok', 'ok']],
    [
      'in the order they were added',
      [
        { kind: 'no_image', count: 1 },
        { kind: 'garbage', count: 1 },
      ],
      ['no_image', 'garbage', 'ok'],
    ],
    [
      'a call taken by one fault is not counted by those behind it',
      [
        { kind: 'no_image', count: 1 },
        { kind: 'garbage', after: 1, count: 1 },
      ],
      ['no_image', 'ok', 'garbage'],
    ],
  ])('%s', (_, faults, expected) => {
    expect(sequence(faults, 3)).toEqual(expected);
  });

  it('adds up latencies and still applies the first other fault', () => {
    const faults: readonly Fault[] = [
      { kind: 'latency', ms: 20 },
      { kind: 'latency', ms: 5, count: 1 },
      { kind: 'text_only' },
    ];
    const first = takeFaults(faults, CALL);
    expect(first).toMatchObject({ latencyMs: 25, fault: { kind: 'text_only' } });
    expect(takeFaults(first.left, CALL).latencyMs).toBe(20);
  });

  it('applies to exactly `count` calls, after `after` calls, and never to another key', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.constantFrom('k1', 'k2'), { maxLength: 30 }),
        (count, after, keys) => {
          let left: readonly Fault[] = [{ kind: 'garbage', key: 'k1', count, after }];
          const met = keys.map((key) => {
            const taken = takeFaults(left, { ...CALL, key });
            left = taken.left;
            return taken.fault !== undefined;
          });
          let seen = 0;
          const expected = keys.map((key) => {
            seen += key === 'k1' ? 1 : 0;
            return key === 'k1' && seen > after && seen <= after + count;
          });
          expect(met).toEqual(expected);
        },
      ),
    );
  });
});
