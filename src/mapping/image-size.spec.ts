import { imageSizeForQuality, normaliseImageSize } from './image-size';

const NONE: ReadonlyMap<string, string> = new Map();

describe('imageSizeForQuality', () => {
  it.each([
    ['hd', '4K'],
    ['HD', '4K'],
    ['Hd', '4K'],
    [' hd ', undefined],
    ['medium', '2K'],
    ['MEDIUM', '2K'],
    ['standard', undefined],
    ['low', undefined],
    ['high', undefined],
    ['auto', undefined],
    ['4K', undefined],
    ['hdd', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%j → %s', (quality, expected) => {
    expect(imageSizeForQuality(quality, NONE)).toBe(expected);
  });

  it.each([
    ['high', '4K'],
    ['HIGH', '4K'],
    ['low', '1K'],
    ['hd', '4K'],
    ['medium', '2K'],
    ['standard', undefined],
  ])('with aliases, %j → %s', (quality, expected) => {
    const aliases = new Map([
      ['high', '4K'],
      ['low', '1K'],
      ['hd', '1K'],
      ['medium', '1K'],
    ]);
    expect(imageSizeForQuality(quality, aliases)).toBe(expected);
  });
});

describe('normaliseImageSize', () => {
  it.each([
    ['2k', '2K'],
    ['4K', '4K'],
    [' 1k ', '1K'],
    ['512', '512'],
  ])('%j → %j', (text, expected) => {
    expect(normaliseImageSize(text)).toBe(expected);
  });
});
