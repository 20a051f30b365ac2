import { readinessOf } from './readiness';

describe('readinessOf', () => {
  it.each<[Parameters<typeof readinessOf>[0], boolean, number]>([
    [['ready'], true, 1],
    [['cooling'], true, 1],
    [['exhausted'], true, 0],
    [['exhausted', 'exhausted'], true, 0],
    [['disabled', 'cooling'], true, 1],
    [['disabled', 'exhausted'], true, 0],
    [['disabled'], false, 0],
    [['disabled', 'disabled'], false, 0],
    [[], false, 0],
  ])('%j: ready is %s, usable are %s', (states, isReady, usable) => {
    const readiness = readinessOf(states);
    expect(readiness.isReady).toBe(isReady);
    expect(readiness.details).toMatchObject({ usable, total: states.length });
  });

  it('counts the accounts by state', () => {
    const { details } = readinessOf(['ready', 'cooling', 'exhausted', 'disabled', 'exhausted']);
    expect(details).toEqual({ usable: 2, cooling: 1, exhausted: 2, disabled: 1, total: 5 });
  });
});
