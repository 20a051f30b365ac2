import { nearestModels } from './nearest-models';

describe('nearestModels', () => {
  it.each<[string, string]>([
    ['gemini-3-pro-imag', 'gemini-3-pro-image'],
    ['Gemini-3-Pro-Images', 'gemini-3-pro-image'],
    ['google/gemini-3-pro', 'gemini-3-pro-image'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-image'],
    ['dalle-3', 'dall-e-3'],
    ['dall-e3', 'dall-e-3'],
    // Shut down at Google; their names resemble none that is there.
    ['imagen-3', 'gemini-3-pro-image'],
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
