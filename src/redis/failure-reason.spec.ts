import { failureReason } from './failure-reason';

describe('failureReason', () => {
  it.each<[string, unknown, string]>([
    [
      'a socket’s code',
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    ['Redis’s own word', new Error('READONLY You can’t write against a replica.'), 'READONLY'],
    ['a command without a reply', new Error('Command timed out'), 'timeout'],
    ['any other error', new TypeError('redis://user:secret@host is bad'), 'TypeError'],
    ['what is no error', 'secret', 'unknown'],
  ])('says %s in a word', (_name, error, reason) => {
    expect(failureReason(error)).toBe(reason);
  });
});
