import { failureInEvent } from './event-failure';

describe('failureInEvent', () => {
  it.each<[string, unknown]>([
    ['an answer', { candidates: [] }],
    ['an error that is null', { error: null }],
    ['no object', 'error'],
    ['null', null],
  ])('finds none in %s', (_name, event) => {
    expect(failureInEvent(event)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{ code: 503, status: 'UNAVAILABLE' }, 'overloaded'],
    [{ code: 429, status: 'RESOURCE_EXHAUSTED' }, 'rate_limit'],
    [{ code: 400, status: 'INVALID_ARGUMENT' }, 'invalid_request'],
    [{ code: 500, status: 'INTERNAL' }, 'transient'],
    [{ status: 'INTERNAL' }, 'transient'],
    [{ code: 200 }, 'transient'],
    [{ code: '429' }, 'transient'],
    [{}, 'transient'],
  ])('finds in %j: %s', (error, kind) => {
    expect(failureInEvent({ error })?.kind).toBe(kind);
  });
});
