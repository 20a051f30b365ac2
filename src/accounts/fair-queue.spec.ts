import fc from 'fast-check';
import { FairQueue } from './fair-queue';

describe('FairQueue', () => {
  it('takes one of each party in turn, and within a party who came first', () => {
    const queue = new FairQueue<string>();
    const [many, one, two] = [{}, {}, {}];
    for (const item of ['m1', 'm2', 'm3']) {
      queue.add(many, item);
    }
    queue.add(one, 'o1');
    queue.add(two, 't1');
    expect(queue.inTurn()).toEqual(['m1', 'o1', 't1', 'm2', 'm3']);
    queue.served(many);
    queue.remove(many, 'm1');
    expect(queue.inTurn()).toEqual(['o1', 't1', 'm2', 'm3']);
  });

  it('never loses or doubles an item, whatever happens', () => {
    const parties = [{}, {}, {}];
    const step = fc.record({
      act: fc.constantFrom('add', 'remove', 'served'),
      party: fc.nat(2),
      item: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new FairQueue<string>();
        const model = new Set<string>();
        for (const { act, party, item } of steps) {
          const name = `${party}/${item}`;
          const key = parties[party] ?? {};
          if (act === 'add' && !model.has(name)) {
            queue.add(key, name);
            model.add(name);
          } else if (act === 'remove') {
            queue.remove(key, name);
            model.delete(name);
          } else if (act === 'served') {
            queue.served(key);
          }
          expect(queue.size).toBe(model.size);
          expect([...queue.inTurn()].sort()).toEqual([...model].sort());
        }
      }),
    );
  });
});
