import { routeHint } from './route-hint';

describe('routeHint', () => {
  it.each<[string, string | undefined]>([
    ['/images/generations', 'Did you mean /v1/images/generations?'],
    ['/images/generations/', 'Did you mean /v1/images/generations?'],
    ['/v1/images/generation', 'Did you mean /v1/images/generations?'],
    ['/api/v1/image/edits', 'Did you mean /v1/images/edits?'],
    ['/models', 'Did you mean /v1/models?'],
    ['/v1/v1/images/generations', 'ends in /v1 once too often: call /v1/images/generations.'],
    ['/v1/v1/models', 'ends in /v1 once too often: call /v1/models.'],
    ['/chat/completions', 'Did you mean /v1/chat/completions?'],
    ['/v1/v1/chat/completions', 'once too often: call /v1/chat/completions.'],
    ['/v1/responses', 'call POST /v1/images/generations or POST /v1/chat/completions.'],
    ['/v1/audio/speech', 'has no such endpoint'],
    ['/v1/embeddings', 'has no such endpoint'],
    ['/', 'GET /docs describes everything.'],
    ['', 'This is Easel: call POST /v1/images/generations.'],
    ['/favicon.ico', undefined],
    ['/v1/images', undefined],
    ['/.env', undefined],
  ])('%s: %s', (path, expected) => {
    const hint = routeHint(path);
    if (expected === undefined) {
      expect(hint).toBeUndefined();
    } else {
      expect(hint).toContain(expected);
    }
  });
});
