import type { ImagePlan } from '../mapping/image-plan';
import type { SourcedImage } from './generated-image';
import { encodingNeeded } from './image-finisher';

type Format = SourcedImage['header']['format'];
type Asked = Pick<ImagePlan, 'outputFormat' | 'outputCompression'>;

describe('encodingNeeded', () => {
  it.each<[SourcedImage['provider'], Format, Asked, ReturnType<typeof encodingNeeded>]>([
    ['gemini', 'png', {}, undefined],
    ['gemini', 'jpeg', {}, undefined],
    ['gemini', 'jpeg', { outputFormat: 'jpeg' }, undefined],
    ['gemini', 'jpeg', { outputFormat: 'png' }, { format: 'png' }],
    ['gemini', 'png', { outputFormat: 'webp' }, { format: 'webp' }],
    // Without a format, only the quality of the format that came can be asked for.
    ['gemini', 'jpeg', { outputCompression: 50 }, { format: 'jpeg', quality: 50 }],
    ['gemini', 'png', { outputCompression: 50 }, undefined],
    ['gemini', 'jpeg', { outputFormat: 'jpeg', outputCompression: 100 }, undefined],
    [
      'gemini',
      'jpeg',
      { outputFormat: 'jpeg', outputCompression: 99 },
      { format: 'jpeg', quality: 99 },
    ],
    [
      'gemini',
      'png',
      { outputFormat: 'jpeg', outputCompression: 50 },
      { format: 'jpeg', quality: 50 },
    ],
    ['gemini', 'jpeg', { outputFormat: 'png', outputCompression: 50 }, { format: 'png' }],
    ['vertex', 'jpeg', { outputFormat: 'jpeg', outputCompression: 50 }, undefined],
    [
      'vertex',
      'png',
      { outputFormat: 'jpeg', outputCompression: 50 },
      { format: 'jpeg', quality: 50 },
    ],
    ['vertex', 'jpeg', { outputCompression: 50 }, { format: 'jpeg', quality: 50 }],
    [
      'vertex',
      'webp',
      { outputFormat: 'webp', outputCompression: 50 },
      { format: 'webp', quality: 50 },
    ],
  ])('%s makes %s, asked for %j: %j', (provider, format, asked, expected) => {
    const header = { format, mimeType: `image/${format}`, width: 1, height: 1 } as const;
    expect(encodingNeeded({ header, provider }, asked)).toEqual(expected);
  });
});
