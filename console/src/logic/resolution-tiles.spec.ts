import type { ConsoleConfig } from '../api/types';
import { resolutionTiles } from './resolution-tiles';

type Model = ConsoleConfig['models'][number];

const MODEL: Model = {
  id: 'gemini-3-pro-image',
  name: 'Pro',
  aspect_ratios: [],
  image_sizes: ['1K', '2K', '4K'],
  withheld_image_sizes: [],
  qualities: [],
  complexities: [],
  max_input_images: 14,
};

it.each<[string, Partial<Model>, readonly [string, string][]]>([
  [
    'offers what the model has',
    {},
    [
      ['1K', ''],
      ['2K', ''],
      ['4K', ''],
    ],
  ],
  [
    'has 512 where the model has it',
    { image_sizes: ['512', '1K', '2K', '4K'] },
    [
      ['512', ''],
      ['1K', ''],
      ['2K', ''],
      ['4K', ''],
    ],
  ],
  [
    'says what the key may not use',
    { image_sizes: ['1K', '2K'], withheld_image_sizes: ['4K'] },
    [
      ['1K', ''],
      ['2K', ''],
      ['4K', 'Your key goes up to 2K'],
    ],
  ],
  [
    'says so where nothing is small enough for the key',
    { image_sizes: [], withheld_image_sizes: ['1K'] },
    [
      ['1K', 'Your key does not go up to 1K'],
      ['2K', 'This model does not make 2K'],
      ['4K', 'This model does not make 4K'],
    ],
  ],
  [
    'says what the model lacks',
    { image_sizes: ['1K'] },
    [
      ['1K', ''],
      ['2K', 'This model does not make 2K'],
      ['4K', 'This model does not make 4K'],
    ],
  ],
  [
    'says that a model has no choice',
    { image_sizes: [] },
    [
      ['1K', 'This model has one size of its own'],
      ['2K', 'This model has one size of its own'],
      ['4K', 'This model has one size of its own'],
    ],
  ],
])('%s', (_what, change, expected) => {
  const tiles = resolutionTiles({ ...MODEL, ...change });
  expect(tiles.map(({ size, reason }) => [size, reason])).toEqual(expected);
});
