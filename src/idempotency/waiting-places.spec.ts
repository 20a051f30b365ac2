import { MAX_WAITING, WaitingPlaces } from './waiting-places';

describe('WaitingPlaces', () => {
  it('has a fixed number for each key, and one more for each that is returned', () => {
    const places = new WaitingPlaces();
    const taken = Array.from({ length: MAX_WAITING }, () => places.take('one'));
    expect(taken).not.toContain(undefined);
    expect(places.take('one')).toBeUndefined();
    expect(places.take('other')).toBeDefined();
    const [first, second] = taken;
    first?.();
    expect(places.take('one')).toBeDefined();
    expect(places.take('one')).toBeUndefined();
    second?.();
    expect(places.take('one')).toBeDefined();
  });

  it('counts each return once, however often it is repeated', () => {
    const places = new WaitingPlaces();
    const taken = Array.from({ length: MAX_WAITING }, () => places.take('one'));
    taken[0]?.();
    taken[0]?.();
    expect(places.take('one')).toBeDefined();
    expect(places.take('one')).toBeUndefined();
  });
});
