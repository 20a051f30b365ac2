import { CHAPTER, FAULT_KINDS, Plan, RESOURCE } from '../../chaos/plan';
import { makesImages } from '../../chaos/planned-request';

const numbers = (chapters: number) => Array.from({ length: chapters * CHAPTER }, (_, at) => at);

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, again, other] = [new Plan(7), new Plan(7), new Plan(8)];
    for (const number of numbers(2)) {
      expect(again.request(number)).toEqual(one.request(number));
      expect(again.faultsAt(number)).toEqual(one.faultsAt(number));
    }
    expect(again.hash).toBe(one.hash);
    expect(again.wholeHash).toBe(one.wholeHash);
    expect(other.hash).not.toBe(one.hash);
  });

  it('has its hash from the start, however far it is read', () => {
    const [short, long] = [new Plan(7), new Plan(7)];
    long.request(3 * CHAPTER);
    expect(long.hash).toBe(short.hash);
    expect(long.wholeHash).not.toBe(short.wholeHash);
  });

  it('lets everything go wrong that can, and ends each fault before the next on the same thing', () => {
    const plan = new Plan(7);
    const seen = new Set<string>();
    const open = new Map<string, string>();
    for (const number of numbers(20)) {
      const { begin, end } = plan.faultsAt(number);
      for (const { kind } of end) {
        expect(open.get(RESOURCE[kind])).toBe(kind);
        open.delete(RESOURCE[kind]);
      }
      for (const { kind } of begin) {
        expect(open.has(RESOURCE[kind])).toBe(false);
        open.set(RESOURCE[kind], kind);
        seen.add(kind);
      }
    }
    expect([...seen].sort()).toEqual([...FAULT_KINDS].sort());
    expect(open.size).toBe(0);
  });

  it('has storms, in which most calls fail', () => {
    const plan = new Plan(7);
    const stormy = numbers(10).filter((number) => plan.request(number).calls[0] === 'stall');
    expect(stormy.length).toBeGreaterThan(20);
  });

  it('has only the ordinary behaviour of an upstream if it is calm', () => {
    const plan = new Plan(7, true);
    for (const number of numbers(5)) {
      expect(plan.faultsAt(number)).toEqual({ begin: [], end: [] });
      expect(plan.request(number).calls).not.toContain('stall');
    }
  });

  it('contains every kind of request', () => {
    const plan = new Plan(7);
    const kinds = new Set(numbers(5).map((number) => plan.request(number).kind));
    expect(kinds.size).toBe(13);
    expect([...kinds].filter(makesImages)).toHaveLength(8);
  });
});
