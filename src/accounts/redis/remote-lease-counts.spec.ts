import fc from 'fast-check';
import { RemoteLeaseCounts, type LeaseChange } from './remote-lease-counts';

const leaseChange = (sequence: number, change: 1 | -1, email = 'a'): LeaseChange => ({
  sequence,
  change,
  email,
});

describe('RemoteLeaseCounts', () => {
  it('counts the leases in messages', () => {
    const counts = new RemoteLeaseCounts();
    counts.onChange(leaseChange(1, 1));
    counts.onChange(leaseChange(2, 1));
    counts.onChange(leaseChange(3, -1));
    counts.onChange(leaseChange(4, 1, 'b'));
    expect([counts.of('a'), counts.of('b'), counts.of('c')]).toEqual([1, 1, 0]);
  });

  it('is not misled by news that overtook the count before it', () => {
    const counts = new RemoteLeaseCounts();
    counts.onChange(leaseChange(7, 1));
    // Given back after it was counted, but told first.
    counts.onChange(leaseChange(9, -1));
    counts.setCount('a', 1, 8);
    expect(counts.of('a')).toBe(0);
  });

  it('is not misled by news that a count has overtaken', () => {
    const counts = new RemoteLeaseCounts();
    counts.setAll(new Map([['a', 2]]), 10);
    counts.onChange(leaseChange(9, 1));
    expect(counts.of('a')).toBe(2);
    counts.onChange(leaseChange(11, -1));
    expect(counts.of('a')).toBe(1);
  });

  it('forgets all counts once the replica is disconnected', () => {
    const counts = new RemoteLeaseCounts();
    counts.onChange(leaseChange(1, 1));
    counts.clear();
    expect(counts.of('a')).toBe(0);
  });

  it('is correct whatever the order in which two connections deliver messages and replies', () => {
    const history = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (takes, coins) => {
        // What Redis did, one number each: news, and a count after each as a reply to a command.
        let count = 0;
        const told: LeaseChange[] = [];
        const counted: { readonly count: number; readonly sequence: number }[] = [];
        takes.forEach((isTaken, index) => {
          const change = isTaken || count === 0 ? 1 : -1;
          count += change;
          told.push(leaseChange(index + 1, change));
          counted.push({ count, sequence: index + 1 });
        });
        const counts = new RemoteLeaseCounts();
        while (told.length > 0 || counted.length > 0) {
          const isNews = counted.length === 0 || (told.length > 0 && coins.next().value === true);
          const next = isNews ? told.shift() : undefined;
          const response = isNews ? undefined : counted.shift();
          if (next !== undefined) {
            counts.onChange(next);
          }
          if (response !== undefined) {
            counts.setCount('a', response.count, response.sequence);
          }
        }
        expect(counts.of('a')).toBe(count);
      }),
    );
  });
});
