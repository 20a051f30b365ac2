import fc from 'fast-check';
import { LocalUsage, type Taken } from './local-usage';

const LAPSE_MS = 660_000;
const RULES = { imagesPerMinute: 10, concurrentImages: 6 };

describe('LocalUsage', () => {
  it('counts an image for 60 seconds, and not a moment longer', () => {
    const usage = new LocalUsage(LAPSE_MS);
    const taken = usage.take('a', 3, 1000, true);
    [0, 1, 2].forEach((index) => {
      usage.end(taken, index, true);
    });
    expect(usage.status(60_999)).toEqual({ inWindow: 3, resetMs: 1, atWork: 0 });
    expect(usage.status(61_000)).toEqual({ inWindow: 0, resetMs: 0, atWork: 0 });
  });

  it('calculates from the oldest images when enough are free', () => {
    const usage = new LocalUsage(LAPSE_MS);
    usage.take('a', 4, 0, true);
    usage.take('b', 4, 10_000, true);
    const rules = { imagesPerMinute: 10 };
    expect(usage.decide(rules, 2, 20_000)).toEqual({ granted: true });
    expect(usage.decide(rules, 3, 20_000)).toMatchObject({ used: 8, retryMs: 40_000 });
    expect(usage.decide(rules, 6, 20_000)).toMatchObject({ retryMs: 40_000 });
    expect(usage.decide(rules, 7, 20_000)).toMatchObject({ retryMs: 50_000 });
    // After that time it works, and not before.
    expect(usage.decide(rules, 6, 59_999).granted).toBe(false);
    expect(usage.decide(rules, 6, 60_000).granted).toBe(true);
  });

  it('gives back images that are not made, and frees the slot of those that are', () => {
    const usage = new LocalUsage(LAPSE_MS);
    const taken = usage.take('a', 6, 0, true);
    expect(usage.decide(RULES, 1, 1)).toMatchObject({ limit: 'concurrentImages', used: 6 });
    usage.end(taken, 0, true);
    usage.end(taken, 1, false);
    expect(usage.status(2)).toMatchObject({ inWindow: 5, atWork: 4 });
    expect(usage.decide(RULES, 2, 2)).toEqual({ granted: true });
    expect(usage.decide(RULES, 6, 2)).toMatchObject({ limit: 'imagesPerMinute', used: 5 });
  });

  it('remembers for a minute what other replicas had when Redis was last heard', () => {
    const usage = new LocalUsage(LAPSE_MS);
    usage.take('a', 2, 1000, true);
    usage.recordTotals({ inWindow: 9, resetMs: 0, atWork: 5 }, 2000);
    expect(usage.status(3000)).toMatchObject({ inWindow: 9, atWork: 5 });
    expect(usage.decide(RULES, 2, 3000)).toMatchObject({ retryMs: 59_000 });
    expect(usage.status(62_000)).toMatchObject({ inWindow: 0, atWork: 2 });
  });

  it('says what Redis last replied, until those images have left the window', () => {
    const usage = new LocalUsage(LAPSE_MS);
    expect(usage.lastReply(0)).toBeUndefined();
    usage.take('a', 5, 0, true);
    // Redis is right, even if it has lost its data.
    usage.recordTotals({ inWindow: 3, resetMs: 1000, atWork: 2 }, 2000);
    expect(usage.lastReply(2999)).toEqual({ inWindow: 3, resetMs: 1, atWork: 2 });
    expect(usage.lastReply(3000)).toEqual({ inWindow: 0, resetMs: 0, atWork: 2 });
    // Without it, what it last said counts for as long as a request would be refused for it.
    const other = new LocalUsage(LAPSE_MS);
    other.recordTotals({ inWindow: 3, resetMs: 1000, atWork: 0 }, 2000);
    expect(other.status(4000)).toMatchObject({ inWindow: 3, resetMs: 58_000 });
  });

  it('reports everything that Redis missed, and what ended meanwhile, once', () => {
    const usage = new LocalUsage(LAPSE_MS);
    const known = usage.take('known', 1, 0, true);
    const missed = usage.take('missed', 1, 0, false);
    expect(usage.unshared(1)).toEqual([missed]);
    usage.end(known, 0, false);
    usage.markUnreported(known);
    // What counts no more stays as long as Redis may count it.
    expect(new Set(usage.unshared(70_000))).toEqual(new Set([known, missed]));
    usage.settled(usage.unshared(70_000));
    expect(usage.unshared(70_001)).toEqual([]);
    usage.unshareAll();
    expect(usage.unshared(70_002)).toEqual([missed]);
  });

  it('forgets what Redis has forgotten', () => {
    const usage = new LocalUsage(LAPSE_MS);
    const known = usage.take('known', 1, 0, true);
    usage.end(known, 0, true);
    usage.markUnreported(known);
    expect(usage.unshared(LAPSE_MS - 1)).toEqual([known]);
    expect(usage.unshared(LAPSE_MS)).toEqual([]);
  });

  it('never exceeds its limits, and counts correctly, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('take' as const), images: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ act: fc.constantFrom('made' as const, 'not' as const), nth: fc.nat(9) }),
      fc.record({ act: fc.constant('wait' as const), ms: fc.nat(30_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const usage = new LocalUsage(LAPSE_MS);
        let now = 0;
        const open: { taken: Taken; index: number; entry: { at: number } }[] = [];
        const counted = new Set<{ at: number }>();
        for (const one of steps) {
          if (one.act === 'wait') {
            now += one.ms;
          } else if (one.act === 'take') {
            const decision = usage.decide(RULES, one.images, now);
            const inWindow = [...counted].filter(({ at }) => at + 60_000 > now).length;
            const fits =
              inWindow + one.images <= RULES.imagesPerMinute &&
              open.length + one.images <= RULES.concurrentImages;
            expect(decision.granted).toBe(fits);
            if (fits) {
              const taken = usage.take('x', one.images, now, true);
              for (let index = 0; index < one.images; index += 1) {
                const entry = { at: now };
                counted.add(entry);
                open.push({ taken, index, entry });
              }
            }
          } else {
            const [ended] = open.splice(one.nth % Math.max(1, open.length), 1);
            if (ended !== undefined) {
              usage.end(ended.taken, ended.index, one.act === 'made');
              if (one.act === 'not') {
                counted.delete(ended.entry);
              }
            }
          }
          const { inWindow, atWork } = usage.status(now);
          expect(inWindow).toBe([...counted].filter(({ at }) => at + 60_000 > now).length);
          expect(atWork).toBe(open.length);
        }
      }),
    );
  });
});
