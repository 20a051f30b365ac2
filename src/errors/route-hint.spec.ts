import { routeHint } from './route-hint';

describe('routeHint', () => {
  it.each<[string, string | undefined]>([
    ['/v1/images/generation', 'Did you mean /v1/images/generations?'],
    ['/v1/images/generation/', 'Did you mean /v1/images/generations?'],
    ['/images/generate', 'Did you mean /v1/images/generations?'],
    ['/api/v1/image/edits', 'Did you mean /v1/images/edits?'],
    ['/openai/v1/images/edit', 'Did you mean /v1/images/edits?'],
    ['/openai/deployments/dall-e-3/images/generation', 'Did you mean /v1/images/generations?'],
    ['/openai/deployments/dall-e-3/images/variations', 'Did you mean /v1/images/variations?'],
    ['/v1/model', 'Did you mean /v1/models?'],
    ['/v1/v1/images/generations', 'has one /v1 too many: call /v1/images/generations.'],
    ['/api/v1/v1/images/edits', 'has one /v1 too many: call /v1/images/edits.'],
    ['/v1beta/openai/v1/models', 'has one /v1 too many: call /v1/models.'],
    ['/openai/v1/v1/models', 'has one /v1 too many: call /v1/models.'],
    ['/v1/v1/models', 'has one /v1 too many: call /v1/models.'],
    ['/chat/completion', 'Did you mean /v1/chat/completions?'],
    ['/v1/v1/chat/completions', 'one /v1 too many: call /v1/chat/completions.'],
    ['/v1/responses', 'call POST /v1/images/generations or POST /v1/chat/completions.'],
    ['/v1/messages', 'call POST /v1/images/generations or POST /v1/chat/completions.'],
    ['/v1/v1/images', 'one /v1 too many: call /v1/images.'],
    ['/api/v1/responses', 'call POST /v1/images/generations or POST /v1/chat/completions.'],
    ['/v1/audio/speech', 'has no such endpoint'],
    ['/v1/audio/transcriptions', 'has no such endpoint'],
    ['/v1/embeddings', 'has no such endpoint'],
    ['/v1beta/openai/embeddings', 'has no such endpoint'],
    ['/', 'GET /docs describes everything.'],
    ['', 'This is Easel: call POST /v1/images/generations.'],
    ['/favicon.ico', undefined],
    ['/v1/image', 'Did you mean /v1/images?'],
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
