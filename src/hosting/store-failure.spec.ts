import { storeFailure } from './store-failure';

const named = (name: string, members: object = {}) =>
  Object.assign(new Error('x'), { name }, members);
const withStatus = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

describe('storeFailure', () => {
  it.each<[string, unknown, string]>([
    ['a code of the system', Object.assign(new Error('x'), { code: 'ENOSPC' }), 'ENOSPC'],
    ['an error of the store', named('AccessDenied', withStatus(403)), 'AccessDenied'],
    ['a proxy that wants another credential', named('Unknown', withStatus(407)), 'PROXY_407'],
    ['a server on the way that refuses', named('Unknown', withStatus(403)), 'HTTP_403'],
    ['a page where XML should be', named('UnknownError', withStatus(502)), 'HTTP_502'],
    ['a name that is a sentence', named('not a word'), 'unknown'],
    ['no error at all', 'text', 'unknown'],
  ])('tells %s', (_name, error, expected) => {
    expect(storeFailure(error)).toBe(expected);
  });
});
