import { MAX_WAITING, WaiterSlots } from './waiter-slots';

describe('WaiterSlots', () => {
  it('has a fixed number for each key, and one more for each that is returned', () => {
    const slots = new WaiterSlots();
    const taken = Array.from({ length: MAX_WAITING }, () => slots.take('one'));
    expect(taken).not.toContain(undefined);
    expect(slots.take('one')).toBeUndefined();
    expect(slots.take('other')).toBeDefined();
    const [first, second] = taken;
    first?.();
    expect(slots.take('one')).toBeDefined();
    expect(slots.take('one')).toBeUndefined();
    second?.();
    expect(slots.take('one')).toBeDefined();
  });

  it('counts each return once, however often it is repeated', () => {
    const slots = new WaiterSlots();
    const taken = Array.from({ length: MAX_WAITING }, () => slots.take('one'));
    taken[0]?.();
    taken[0]?.();
    expect(slots.take('one')).toBeDefined();
    expect(slots.take('one')).toBeUndefined();
  });
});
