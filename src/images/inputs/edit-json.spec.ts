import { GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { editFromJson } from './edit-json';

const blob = JsonBlob.from(Buffer.from('data:image/png;base64,AAAA'));

/** What was thrown, in the vocabulary of faults. */
function faultOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof GatewayError ? error.fault : error;
  }
}

describe('editFromJson', () => {
  it('keeps images, mask and fields apart; a long URL is a blob', () => {
    const { fields, uploads } = editFromJson({
      prompt: 'x',
      images: [{ image_url: blob }, { image_url: 'https://a.example/b.png', file_id: null }],
      mask: { image_url: blob },
      n: 2,
      unknown: [1],
    });
    expect(fields).toEqual({ prompt: 'x', n: 2, unknown: [1] });
    expect(uploads).toEqual({
      kind: 'urls',
      images: [
        { url: blob, field: { param: 'images[0].image_url' } },
        {
          url: 'https://a.example/b.png',
          field: { param: 'images[1].image_url' },
        },
      ],
      mask: { url: blob, field: { param: 'mask.image_url' } },
    });
  });

  it.each([null, undefined])('has no mask if it is %p', (mask) => {
    expect(editFromJson({ images: [{ image_url: blob }], mask }).uploads.mask).toBeUndefined();
  });

  it.each<[string, object, string, string]>([
    ['image', { image: 'x' }, 'image', 'invalid_value'],
    ['image as a blob', { image: blob }, 'image', 'invalid_value'],
    ['no images', { images: undefined }, 'images', 'missing_required_parameter'],
    ['null', { images: null }, 'images', 'invalid_type'],
    ['[]', { images: [] }, 'images', 'empty_array'],
    ['a blob for images', { images: blob }, 'images', 'invalid_type'],
    ['a blob for an image', { images: [blob] }, 'images[0]', 'invalid_type'],
    ['a null image', { images: [{ image_url: 'x' }, null] }, 'images[1]', 'invalid_type'],
    ['no URL', { images: [{}] }, 'images[0].image_url', 'missing_required_parameter'],
    ['a file id', { images: [{ file_id: 'x' }] }, 'images[0].file_id', 'invalid_value'],
    ['another member', { images: [{ url: 'x' }] }, 'images[0].url', 'unknown_parameter'],
    [
      'a long member',
      { images: [{ ['u'.repeat(90)]: 1 }] },
      `images[0].${'u'.repeat(60)}`,
      'unknown_parameter',
    ],
    ['a blob for a mask', { mask: blob }, 'mask', 'invalid_type'],
    ['a list for a mask', { mask: [{ image_url: blob }] }, 'mask', 'invalid_type'],
    ['a number for a URL', { mask: { image_url: 7 } }, 'mask.image_url', 'invalid_type'],
  ])('refuses %s', (_name, body, param, code) => {
    expect(faultOf(() => editFromJson({ images: [{ image_url: blob }], ...body }))).toMatchObject({
      param,
      code,
    });
  });
});
