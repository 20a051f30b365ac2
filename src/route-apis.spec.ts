import { apiOfRoute } from './route-apis';

describe('apiOfRoute', () => {
  it.each([
    ['/v1/images/generations', 'images'],
    ['/v1/images/edits', 'images'],
    ['/v1/images/variations', 'images'],
    ['/v1/images/generations/', 'images'],
    ['/V1/Images/Generations', 'images'],
    ['/v1/chat/completions', 'chat'],
    ['/v1/chat/completions/', 'chat'],
    ['/v1/images', 'openrouter'],
    ['/v1/images/', 'openrouter'],
    // Routes that make no images, and paths that are no routes.
    ['/v1/images/models', undefined],
    ['/v1/images/plan', undefined],
    ['/v1/images/generations/more', undefined],
    ['/v1/chat', undefined],
    ['/v1/models', undefined],
    ['/images/generations', 'images'],
    ['/openai/deployments/m/images/edits', 'images'],
    ['/openai/deployments/%/images/edits', undefined],
    ['/', undefined],
    ['', undefined],
  ])('%s: %s', (path, api) => {
    expect(apiOfRoute(path, (real) => real.startsWith('/v1/images/'))).toBe(api);
  });
});
