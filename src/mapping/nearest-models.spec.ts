import { nearestModels } from './nearest-models';

describe('nearestModels', () => {
  it.each<[string, string]>([
    ['gemini-3-pro-imag', 'gemini-3-pro-image'],
    ['Gemini-3-Pro-Images', 'gemini-3-pro-image'],
    ['google/gemini-3-pro', 'gemini-3-pro-image'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-image'],
    ['dalle-3', 'dall-e-3'],
    ['dall-e3', 'dall-e-3'],
    ['flash-image', 'gemini-3.1-flash-image'],
    ['gemini-2.5-flash-img', 'gemini-2.5-flash-image'],
    // By the names that people know them by.
    ['nano-banana', 'gemini-2.5-flash-image'],
    ['nano-banana-2', 'gemini-3.1-flash-image'],
    ['nano-banana-2.1', 'gemini-nano-banana-2.1'],
    ['Nano Banana Pro', 'gemini-3-pro-image'],
    ['google/nano_banana_2_lite', 'gemini-3.1-flash-lite-image'],
    // Shut down at Google; their names resemble none that is there.
    ['imagen-3', 'gemini-3-pro-image'],
    ['imagen3', 'gemini-3-pro-image'],
    ['google/imagen-4.0-ultra-generate-001', 'gemini-3-pro-image'],
    ['imagegeneration@006', 'gemini-3-pro-image'],
  ])('%s: %s first', (id, expected) => {
    expect(nearestModels(id)[0]).toBe(expected);
  });

  it.each(['gpt-4o', 'flux-schnell', 'x', '', 'ß'.repeat(5000)])('%s: none', (id) => {
    expect(nearestModels(id)).toEqual([]);
  });

  it('names three at most', () => {
    expect(nearestModels('gemini-3-flash-image').length).toBeLessThanOrEqual(3);
  });
});
