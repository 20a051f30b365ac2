import { RequestLog } from './request-log';

const call = (key: string): Parameters<RequestLog['open']>[0] => ({
  method: 'POST',
  path: '/v1beta/models/gemini-3-pro-image:generateContent',
  model: 'gemini-3-pro-image',
  key,
  headers: {},
});

describe('RequestLog', () => {
  it('keeps the body, the status and the times of a call', () => {
    const log = new RequestLog();
    const record = log.open(call('a'));
    expect(log.requests[0]).toMatchObject({ status: null, finishedAt: null });
    record.received(Buffer.from('{"contents":[]}'));
    record.finished(200);
    record.finished(null);
    const [kept] = log.requests;
    expect(kept).toMatchObject({ key: 'a', status: 200, body: { contents: [] } });
    expect(kept?.finishedAt).toBeGreaterThanOrEqual(kept?.startedAt ?? Infinity);
  });

  it('has an empty message for an empty body, and none for a body that never arrived', () => {
    const log = new RequestLog();
    log.open(call('a')).received(Buffer.from(' '));
    log.open(call('b'));
    expect(log.requests.map(({ body }) => body)).toEqual([{}, undefined]);
  });

  it('counts the calls in flight, of each key and of all', () => {
    const log = new RequestLog();
    const first = log.open(call('a'));
    const second = log.open(call('a'));
    const third = log.open(call('b'));
    for (const record of [first, second, third]) {
      record.finished(200);
    }
    log.open(call('b')).finished(200);
    expect([log.maxInFlight(), log.maxInFlight('a'), log.maxInFlight('b')]).toEqual([3, 2, 1]);
    expect(log.maxInFlight('c')).toBe(0);
  });

  it('counts from the running calls after a reset', () => {
    const log = new RequestLog();
    const running = log.open(call('a'));
    log.open(call('a')).finished(200);
    log.clear();
    expect([log.requests.length, log.count, log.maxInFlight('a'), log.maxInFlight()]).toEqual([
      0, 0, 1, 1,
    ]);
    running.finished(200);
    log.open(call('a')).finished(200);
    expect(log.maxInFlight('a')).toBe(1);
  });

  it('forgets the oldest beyond a thousand calls or too many bytes', () => {
    const log = new RequestLog();
    for (let index = 0; index < 1010; index += 1) {
      const record = log.open(call(String(index)));
      record.received(Buffer.from('{}'));
      record.finished(200);
    }
    expect(log.requests).toHaveLength(1000);
    expect(log.requests[0]?.key).toBe('10');
    expect(log.count).toBe(1010);
    log.open(call('large')).received(Buffer.allocUnsafe(300 * 1024 * 1024));
    expect(log.requests.map(({ key }) => key)).toEqual(['large']);
  });
});
