import { developerApiUrl } from './developer-api';

describe('developerApiUrl', () => {
  it.each([
    [undefined, 'https://generativelanguage.googleapis.com/v1beta/models/m:generateContent'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1/v1beta/models/m:generateContent'],
    [
      'https://proxy.example/gemini/',
      'https://proxy.example/gemini/v1beta/models/m:generateContent',
    ],
  ])('with %s', (baseUrl, expected) => {
    expect(developerApiUrl({ baseUrl }, 'm', 'generateContent')).toBe(expected);
  });

  it('asks for a stream as events', () => {
    expect(developerApiUrl({}, 'm', 'streamGenerateContent?alt=sse')).toBe(
      'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse',
    );
  });

  it('lets no model name change the path', () => {
    expect(developerApiUrl({}, '../x?y', 'generateContent')).toMatch(
      /\/models\/..%2Fx%3Fy:generateContent$/,
    );
  });
});
