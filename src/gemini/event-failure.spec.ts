import { JsonBlob } from '../json/json-blob';
import { failureInEvent } from './event-failure';

describe('failureInEvent', () => {
  it.each<[string, unknown]>([
    ['a response', { candidates: [] }],
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

  it.each<[string, object]>([
    ['limit: 0', { kind: 'quota' }],
    ['Please retry in 7.5s.', { kind: 'rate_limit', retryAfterMs: 7500 }],
  ])('reads %j in a message that was long enough to come as a blob', (hint, failure) => {
    const message = JsonBlob.from(Buffer.from(`${'Quota exceeded. '.repeat(80)}${hint}`));
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', message };
    expect(failureInEvent({ error })).toMatchObject(failure);
  });
});
