import { JsonBlob } from '../json/json-blob';
import { foreignFieldWarnings } from './foreign-fields';

describe('foreignFieldWarnings', () => {
  it.each<[Record<string, unknown>, readonly string[]]>([
    [{ prompt: 'x', n: 2, size: '1024x1024', quality: 'hd', seed: 1 }, []],
    [
      { negative_prompt: 'a cat' },
      ['negative_prompt is not supported here; say in the prompt what not to draw'],
    ],
    [
      { imageConfig: { aspectRatio: '16:9' } },
      ['imageConfig is not supported here; use aspect_ratio and image_size'],
    ],
    [
      { tools: [{ googleSearch: {} }], web_search_options: { a: 1 } },
      [
        'tools is not supported here; no tools are used',
        'web_search_options is not supported here; no tools are used',
      ],
    ],
    [{ steps: 20 }, ['steps is not supported here; Gemini has no such option']],
    [{ num_images: 4 }, ['num_images is not supported here; use n']],
    [
      { negative_prompt: JsonBlob.from(Buffer.from('x')) },
      [expect.stringContaining('negative_prompt')],
    ],
    [
      // An empty object switches a search on, with all its defaults.
      { web_search_options: {}, google_search: {} },
      [
        'web_search_options is not supported here; no tools are used',
        'google_search is not supported here; no tools are used',
      ],
    ],
    [{ web_search_options: null, google_search: false }, []],
    // They ask for nothing.
    [{ negative_prompt: '', imageConfig: {}, tools: [], steps: null, enhance_prompt: false }, []],
    // Unknown ones change nothing that we know of.
    [{ providerOptions: { a: 1 }, lora_of_tomorrow: 1, 'x\ny': 1 }, []],
    [
      { width: 800, height: 600 },
      ['width and height are not supported here; use size, as WIDTHxHEIGHT'],
    ],
    [{ width: 800, height: 600, size: '800x600' }, []],
    [{ width: 800, aspect_ratio: '4:3' }, []],
    [{ width: null, height: null, size: '' }, []],
  ])('%#', (fields, expected) => {
    expect(foreignFieldWarnings(fields)).toEqual(expected);
  });

  it('recognises fields that are foreign to one route', () => {
    const more = new Map([['mask', 'it needs an image']]);
    expect(foreignFieldWarnings({ mask: 'x' }, more)).toEqual([
      'mask is not supported here; it needs an image',
    ]);
    expect(foreignFieldWarnings({ mask: 'x' })).toEqual([]);
  });
});
