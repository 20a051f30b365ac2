import { ROUTE_ALIASES } from '../../route-aliases';
import { aliasedRoute } from './route-alias';

const ROUTES = [
  /^\/v1\/things\/make\/?$/i,
  /^\/v1\/images\/(generations|edits|variations)\/?$/i,
  /^\/v1\/models(\/.+)?$/i,
];
const isRoute = (path: string) => ROUTES.some((route) => route.test(path));
const MAKE = '/v1/things/make';

describe('aliasedRoute', () => {
  it.each<[string, string | undefined, string?]>([
    ['/things/make', MAKE],
    ['/things/make/', `${MAKE}/`],
    ['/api/v1/things/make', MAKE],
    ['/API/V1/things/make', MAKE],
    ['/v1beta/openai/things/make', MAKE],
    ['/openai/v1/things/make', MAKE],
    ['/openai/things/make', MAKE],
    ['/models', '/v1/models'],
    ['/api/v1/models/google/gemini-3-pro-image', '/v1/models/google/gemini-3-pro-image'],
    ['/openai/deployments/dall-e-3/images/generations', '/v1/images/generations', 'dall-e-3'],
    ['/openai/deployments/dall-e-3/images/edits/', '/v1/images/edits/', 'dall-e-3'],
    ['/openai/deployments/google/x/images/edits', '/v1/images/edits', 'google/x'],
    ['/openai/deployments/my%20model/images/edits', '/v1/images/edits', 'my model'],
    // Azure has no variations, and nothing else there is OpenAI's either.
    ['/openai/deployments/dall-e-3/images/variations', undefined],
    ['/openai/deployments/dall-e-3/models', undefined],
    // As they are: routes of their own, another API's, and what is no route in any way.
    ['/v1/things/make', undefined],
    ['/V1/things/make', undefined],
    ['/v1/nothing', undefined],
    ['/v1beta/models/gemini-3-pro-image:generateContent', undefined],
    ['/v1alpha/models', undefined],
    ['/v1/models/gemini-3-pro-image:generateContent', undefined],
    ['/v1/v1/things/make', undefined],
    ['/api/v1/v1/things/make', undefined],
    ['/healthz', undefined],
    ['/', undefined],
    ['', undefined],
    ['/api/v1/', undefined],
    ['/openai/v1', undefined],
  ])('%s: %s, model %s', (path, real, model) => {
    expect(aliasedRoute(path, ROUTE_ALIASES, isRoute)).toEqual(
      real === undefined ? undefined : { path: real, ...(model === undefined ? {} : { model }) },
    );
  });
});
