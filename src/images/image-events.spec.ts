import { JsonBlob } from '../json/json-blob';
import type { ImageUsage } from '../mapping/usage';
import { imageEvent, type ImageEventFamily } from './image-events';
import type { ImageProgress } from './images-run';

const data = JsonBlob.from(Buffer.from('iVBORw0KGgo='));

const image = {
  data,
  header: { format: 'png', mimeType: 'image/png', width: 1376, height: 768 },
  accountEmail: 'studio@example.com',
  provider: 'gemini',
} as const;

const usage: ImageUsage = {
  input_tokens: 3,
  output_tokens: 1120,
  total_tokens: 1123,
  input_tokens_details: { text_tokens: 3, image_tokens: 0 },
  output_tokens_details: { text_tokens: 0, image_tokens: 1120 },
};

/** What every event says of its image. */
const common = {
  b64_json: data,
  created_at: 1_790_000_000,
  size: '1376x768',
  quality: 'auto',
  background: 'opaque',
  output_format: 'png',
  image_index: 3,
};

const partial = (partialIndex: number): ImageProgress => ({
  kind: 'partial',
  index: 3,
  image: { ...image, partialIndex },
});
const completed = (used: ImageUsage | undefined): ImageProgress => ({
  kind: 'completed',
  index: 3,
  image: { ...image, usage: used },
});

describe('imageEvent', () => {
  it.each<[ImageEventFamily, ImageProgress, string, object]>([
    ['image_generation', partial(0), 'partial_image', { partial_image_index: 0 }],
    ['image_generation', partial(2), 'partial_image', { partial_image_index: 2 }],
    ['image_generation', completed(usage), 'completed', { usage }],
    ['image_generation', completed(undefined), 'completed', {}],
    ['image_edit', partial(1), 'partial_image', { partial_image_index: 1 }],
    ['image_edit', completed(usage), 'completed', { usage }],
  ])('%s %#: %s.%s', (family, progress, step, own) => {
    const name = `${family}.${step}`;
    // Whole seconds: typed SDKs take nothing else.
    expect(imageEvent(family, progress, {}, 1_790_000_000_999)).toStrictEqual({
      name,
      data: { type: name, ...common, ...own },
    });
  });

  it('returns the prompt that was sent with a completed image, if it is not the client’s own', () => {
    const dataOf = (progress: ImageProgress) =>
      imageEvent('image_generation', progress, { revisedPrompt: 'a cat, vivid' }, 0).data;
    expect(dataOf(completed(usage))).toMatchObject({ usage, revised_prompt: 'a cat, vivid' });
    expect(dataOf(partial(0))).not.toHaveProperty('revised_prompt');
  });

  it('returns the safety identifier with a completed image, as OpenAI does, but not with partial ones', () => {
    const dataOf = (progress: ImageProgress) =>
      imageEvent('image_edit', progress, { user: 'user-7' }, 0).data;
    expect(dataOf(completed(usage))).toMatchObject({ usage, safety_identifier: 'user-7' });
    expect(dataOf(partial(0))).not.toHaveProperty('safety_identifier');
  });
});
