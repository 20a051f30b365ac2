import fc from 'fast-check';
import { FairQueue } from './fair-queue';

describe('FairQueue', () => {
  it('serves each request of a consumer in turn, and within a request in order of arrival', () => {
    const queue = new FairQueue<string>();
    const [many, one, two] = [{}, {}, {}];
    for (const item of ['m1', 'm2', 'm3']) {
      queue.add('a', many, item);
    }
    queue.add('a', one, 'o1');
    queue.add('a', two, 't1');
    expect(queue.inTurn()).toEqual(['m1', 'o1', 't1', 'm2', 'm3']);
    queue.served('a', many);
    queue.remove('a', many, 'm1');
    expect(queue.inTurn()).toEqual(['o1', 't1', 'm2', 'm3']);
  });

  it('serves each consumer in turn, however many requests one has', () => {
    const queue = new FairQueue<string>();
    const requests = Array.from({ length: 4 }, () => ({}));
    requests.forEach((request, index) => {
      queue.add('busy', request, `b${index}`);
    });
    const calm = {};
    queue.add('calm', calm, 'c0');
    queue.add('calm', calm, 'c1');
    expect(queue.inTurn()).toEqual(['b0', 'c0', 'b1', 'c1', 'b2', 'b3']);
    queue.served('busy', requests[0] ?? {});
    queue.remove('busy', requests[0] ?? {}, 'b0');
    expect(queue.inTurn()).toEqual(['c0', 'b1', 'c1', 'b2', 'b3']);
  });

  it('never loses or doubles an item, whatever happens', () => {
    const requests = [{}, {}, {}];
    const step = fc.record({
      act: fc.constantFrom('add', 'remove', 'served'),
      consumer: fc.constantFrom('a', 'b'),
      request: fc.nat(2),
      item: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new FairQueue<string>();
        const model = new Set<string>();
        for (const { act, consumer, request, item } of steps) {
          const name = `${consumer}/${request}/${item}`;
          const key = requests[request] ?? {};
          if (act === 'add' && !model.has(name)) {
            queue.add(consumer, key, name);
            model.add(name);
          } else if (act === 'remove') {
            queue.remove(consumer, key, name);
            model.delete(name);
          } else if (act === 'served') {
            queue.served(consumer, key);
          }
          expect(queue.size).toBe(model.size);
          expect([...queue.inTurn()].sort()).toEqual([...model].sort());
          const isWaiting = [...model].some((one) => one.startsWith(`${consumer}/${request}/`));
          expect(queue.has(consumer, key)).toBe(isWaiting);
        }
      }),
    );
  });
});
