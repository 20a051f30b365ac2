import { GatewayError } from '../../errors/gateway-error';
import type { FormFile, MultipartForm } from '../../http/bodies/multipart-form';
import { editFromForm, variationFromForm } from './edit-form.request';

const file = (name: string, text = name): FormFile => ({ name, bytes: [Buffer.from(text)] });

const formOf = (
  files: readonly FormFile[],
  texts: Readonly<Record<string, string>> = {},
): MultipartForm => ({
  files,
  fields: Object.entries(texts).map(([name, value]) => ({ name, value })),
});

/** What was thrown, in the vocabulary of faults. */
function faultOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof GatewayError ? error.fault : error;
  }
}

describe('editFromForm', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['one', ['image'], ['image']],
    ['one of a list', ['image[]'], ['image[0]']],
    ['a list', ['image[]', 'image[]'], ['image[0]', 'image[1]']],
    ['a list without brackets', ['image', 'image'], ['image[0]', 'image[1]']],
    ['a numbered list from 1', ['image[1]', 'image[2]'], ['image[0]', 'image[1]']],
    ['both dialects', ['image', 'image[]'], ['image[0]', 'image[1]']],
  ])('names %s', (_name, names, params) => {
    const { uploads } = editFromForm(formOf(names.map((name) => file(name))));
    expect(uploads.images.map(({ field }) => field.param)).toEqual(params);
  });

  it('keeps images, mask and fields apart, whatever their order', () => {
    const { fields, uploads } = editFromForm(
      formOf([file('mask'), file('image[1]', 'b'), file('image[0]', 'a'), file('other')], {
        n: '2',
        prompt: 'x',
        unknown: 'y',
      }),
    );
    expect(fields).toEqual({ n: 2, prompt: 'x' });
    expect(uploads).toMatchObject({
      kind: 'files',
      images: [{ bytes: [Buffer.from('a')] }, { bytes: [Buffer.from('b')] }],
      mask: { bytes: [Buffer.from('mask')], field: { param: 'mask' } },
    });
  });

  it.each<[string, MultipartForm, string | null, string]>([
    ['no image', formOf([]), 'image', 'missing_required_parameter'],
    ['images', formOf([file('images')]), 'images', 'invalid_value'],
    ['images[]', formOf([file('image'), file('images[]')]), 'images', 'invalid_value'],
    ['images as text', formOf([file('image')], { images: 'x' }), 'images', 'invalid_value'],
    ['a text', formOf([], { image: 'data:' }), 'image', 'invalid_type'],
    ['a text in a list', formOf([file('image')], { 'image[]': 'x' }), 'image[0]', 'invalid_type'],
    ['a numbered text', formOf([file('image')], { 'image[3]': 'x' }), 'image[3]', 'invalid_type'],
    ['a mask as text', formOf([file('image')], { mask: 'x' }), 'mask', 'invalid_type'],
    [
      'two masks',
      formOf([file('image'), file('mask'), file('mask[]')]),
      'mask',
      'duplicate_parameter',
    ],
  ])('refuses %s', (_name, form, param, code) => {
    expect(faultOf(() => editFromForm(form))).toMatchObject({ param, code });
  });

  it('treats the text null as no mask', () => {
    expect(editFromForm(formOf([file('image')], { mask: 'null' })).uploads.mask).toBeUndefined();
  });
});

describe('variationFromForm', () => {
  it('accepts one image, and only the fields of a variation', () => {
    const { fields, uploads } = variationFromForm(
      formOf([file('image[]'), file('mask')], { n: '2', prompt: 'x', stream: 'maybe' }),
    );
    expect(fields).toEqual({ n: 2 });
    expect(uploads.images).toHaveLength(1);
    expect(uploads.mask).toBeUndefined();
  });

  it.each<[string, MultipartForm, string]>([
    ['none', formOf([]), 'missing_required_parameter'],
    ['two', formOf([file('image'), file('image')]), 'duplicate_parameter'],
    ['a text', formOf([], { image: 'x' }), 'invalid_type'],
  ])('refuses %s', (_name, form, code) => {
    expect(faultOf(() => variationFromForm(form))).toMatchObject({ param: 'image', code });
  });
});
