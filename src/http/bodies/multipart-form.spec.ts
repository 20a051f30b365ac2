import { entriesOf, fieldName } from './multipart-form';

describe('fieldName', () => {
  it.each([
    ['image', { base: 'image' }],
    ['image[]', { base: 'image' }],
    ['image[0]', { base: 'image', index: 0 }],
    ['image[12]', { base: 'image', index: 12 }],
    ['image[x]', { base: 'image[x]' }],
    ['image[-1]', { base: 'image[-1]' }],
    ['image[1]x', { base: 'image[1]x' }],
    ['image[1][]', { base: 'image[1]' }],
    ['[]', { base: '' }],
    ['', { base: '' }],
  ])('%j', (name, expected) => {
    expect(fieldName(name)).toEqual(expected);
  });
});

describe('entriesOf', () => {
  const order = (...names: string[]) =>
    entriesOf(
      names.map((name, at) => ({ name, at })),
      'image',
    ).map(({ at }) => at);

  it.each([
    ['one', ['image'], [0]],
    ['repeated', ['image', 'image', 'image'], [0, 1, 2]],
    ['a list', ['image[]', 'prompt', 'image[]'], [0, 2]],
    ['numbered', ['image[2]', 'image[0]', 'image[10]', 'image[1]'], [1, 3, 0, 2]],
    ['one number twice', ['image[1]', 'image[0]', 'image[1]'], [1, 0, 2]],
    ['numbered and not: as they came', ['image[1]', 'image', 'image[0]'], [0, 1, 2]],
    ['others', ['mask', 'images', 'Image'], []],
  ])('%s', (_name, names, expected) => {
    expect(order(...names)).toEqual(expected);
  });
});
