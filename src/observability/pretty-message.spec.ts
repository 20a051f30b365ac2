import { prettyMessage } from './pretty-message';

const HEAD = { level: 30, time: 'now', service: 'easel', version: '1.0.0', requestId: 'an-id' };

describe('prettyMessage', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a note',
      { msg: 'shutting down: no longer ready', atWork: 0 },
      'shutting down: no longer ready atWork=0',
    ],
    [
      'a request',
      {
        method: 'POST',
        path: '/v1/images/generations',
        status: 200,
        ms: 8123,
        client: '10.0.0.7',
        consumer: 'design',
        images: {
          model: 'gemini-3-pro-image',
          ratio: '3:2',
          requested: 1,
          returned: 1,
          attempts: 1,
          costUsd: 0.13,
        },
        msg: 'POST /v1/images/generations 200',
        trace_id: 'abc',
        span_id: 'def',
      },
      'POST /v1/images/generations 200 8123ms 1/1 gemini-3-pro-image 3:2 $0.13 consumer=design client=10.0.0…',
    ],
    [
      'a fault',
      { msg: 'POST /v1/images/edits 400', ms: 3, fault: 'invalid_request', field: 'size' },
      'POST /v1/images/edits 400 3ms fault=invalid_request field=size',
    ],
    [
      'repeats',
      { msg: 'x', images: { requested: 2, returned: 1, attempts: 4, failedAccounts: ['a@b'] } },
      'x 1/2 attempts=4 failed=a@b',
    ],
    [
      'an account',
      { msg: 'image failed', account: 'a@b', reason: '429', image: 0 },
      'image failed account=a@b reason=429 image=0',
    ],
    ['a long note', { msg: 'word '.repeat(60) }, 'word '.repeat(60)],
  ])('shows %s', (_name, line, expected) => {
    const text = prettyMessage({ ...HEAD, ...line });
    expect(text).toBe(expected);
    expect(text).not.toContain('\n');
  });

  it('shows the stack of an internal error, on lines of its own', () => {
    const err = { type: 'Error', message: 'boom', stack: 'Error: boom\n    at here' };
    expect(prettyMessage({ ...HEAD, msg: 'internal error', err })).toBe(
      'internal error\nError: boom\n    at here',
    );
  });
});
