import { routeLabel } from './route-label';

describe('routeLabel', () => {
  it.each([
    [{ path: '/v1/accounts/:email/enable' }, '/v1/accounts/:email/enable'],
    [{ path: '/v1/models/*id' }, '/v1/models/*id'],
    [{ path: '/{*path}' }, 'unmatched'],
    [{ path: '/*path' }, 'unmatched'],
    [{ path: /^\/a/ }, 'unmatched'],
    [undefined, 'unmatched'],
    [null, 'unmatched'],
  ])('%j is %s', (route, label) => {
    expect(routeLabel(route)).toBe(label);
  });
});
