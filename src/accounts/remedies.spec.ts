import { remedyOf } from './remedies';

it.each([
  ['400 INVALID_ARGUMENT API_KEY_INVALID', /fix the key/],
  ['403 PERMISSION_DENIED API_KEY_SERVICE_BLOCKED', /restrictions/],
  ['403 PERMISSION_DENIED SERVICE_DISABLED', /turn on the API/],
  ['403 PERMISSION_DENIED BILLING_DISABLED', /billing/],
  ['403 PERMISSION_DENIED CONSUMER_SUSPENDED', /suspended/],
  ['PUP_LIMITED_DISABLED', /suspended/],
  ['400 FAILED_PRECONDITION', /region/],
  ['token: no default credentials', /credentialsFile/],
  ['token: invalid_grant', /another credential/],
  ['401 UNAUTHENTICATED', /may use/],
  ['403 PERMISSION_DENIED', /may use/],
  ['not enabled in the configuration', /enabled: true/],
  ['disabled by an operator', /\/enable enables it again/],
  ['something new', /what the reason says/],
])('%s is fixed by %s', (reason, remedy) => {
  expect(remedyOf(reason)).toMatch(remedy);
});
