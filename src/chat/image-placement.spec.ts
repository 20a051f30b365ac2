import { IMAGE_READERS, imagePlacement } from './image-placement';

describe('imagePlacement', () => {
  it.each([
    ['Python/3.11 aiohttp/3.12.15', 'images'],
    [
      'Mozilla/5.0 (Macintosh) AppleWebKit/537.36 CherryStudio/1.7.2 Chrome/140.0 Electron/38.0',
      'images',
    ],
    ['ai/6.0.326 ai-sdk/openrouter/2.10.0 ai-sdk/provider-utils/4.0.0', 'images'],
    ['ai/6.0.326 ai-sdk/openai-compatible/2.0.91', 'both'],
    ['OpenAI/JS 7.59.0', 'both'],
    ['OpenAI/Python 3.22.1', 'both'],
    ['curl/8.5.0', 'both'],
    [undefined, 'both'],
  ])('of %p is %s', (userAgent, expected) => {
    expect(imagePlacement('auto', false, userAgent)).toBe(expected);
  });

  it('is `images` for requests that ask for images explicitly', () => {
    expect(imagePlacement('auto', true, 'curl/8.5.0')).toBe('images');
  });

  it.each(['images', 'markdown'] as const)('is %s with CHAT_IMAGES', (mode) => {
    for (const asks of [true, false]) {
      expect(imagePlacement(mode, asks, 'Python/3.11 aiohttp/3.12.15')).toBe(mode);
    }
  });

  it('has a source for each program', () => {
    for (const { client, source } of IMAGE_READERS) {
      expect({ client, source }).toEqual({
        client,
        source: expect.stringMatching(/\S+[/:]\S+/) as string,
      });
    }
  });
});
