import { JsonBlob } from '../../json/json-blob';
import { BodyPaths } from './body-paths';
import { MAX_TEXT_BYTES, MAX_TEXTS_BYTES, inlineShortBlobs } from './body-text';

const blob = (text: string) => JsonBlob.from(Buffer.from(text));
const PATHS = BodyPaths.of([
  ['images', '[]', 'image_url'],
  ['mask', 'image_url'],
]);

describe('inlineShortBlobs', () => {
  it.each<[string, unknown, unknown]>([
    ['a member', { prompt: blob('é'), n: 1 }, { prompt: 'é', n: 1 }],
    ['elements', { list: [blob('a'), 'b', [blob('c')]] }, { list: ['a', 'b', ['c']] }],
    ['the value itself', blob('a'), 'a'],
    ['nothing', { a: null, b: [null, {}], c: 'x' }, { a: null, b: [null, {}], c: 'x' }],
    ['a number', 1, 1],
    ['null', null, null],
    ['a kept name elsewhere', { image_url: blob('a') }, { image_url: 'a' }],
    ['a kept path cut short', { mask: blob('a') }, { mask: 'a' }],
    [
      'a kept path gone on',
      { mask: { image_url: { url: blob('a') } } },
      { mask: { image_url: { url: 'a' } } },
    ],
    [
      'an object for an array',
      { images: { image_url: blob('a') } },
      { images: { image_url: 'a' } },
    ],
    ['a member named []', { images: { '[]': { x: blob('a') } } }, { images: { '[]': { x: 'a' } } }],
    [
      'a member of the name of the prototype',
      JSON.parse('{"__proto__":{"x":1}}'),
      JSON.parse('{"__proto__":{"x":1}}'),
    ],
  ])('%s', (_name, value, expected) => {
    expect(inlineShortBlobs(value, PATHS)).toEqual(expected);
  });

  it('leaves blobs at the paths to keep', () => {
    const [first, second, mask] = [blob('a'), blob('b'), blob('c')];
    const value = {
      images: [{ image_url: first, other: blob('x') }, { image_url: second }],
      mask: { image_url: mask },
    };
    const { images } = inlineShortBlobs(value, PATHS) as typeof value;
    expect(images[0]?.image_url).toBe(first);
    expect(images[0]?.other).toBe('x');
    expect(images[1]?.image_url).toBe(second);
    expect(value.mask.image_url).toBe(mask);
  });

  it('leaves the value itself if the empty path is kept', () => {
    const value = blob('a');
    expect(inlineShortBlobs(value, BodyPaths.of([[]]))).toBe(value);
  });

  it('keeps a path and a longer one that begins with it', () => {
    const [short, long] = [blob('a'), blob('b')];
    const value = { images: [short, { url: long }, { other: blob('c') }] };
    inlineShortBlobs(
      value,
      BodyPaths.of([
        ['images', '[]'],
        ['images', '[]', 'url'],
      ]),
    );
    expect(value.images).toEqual([short, { url: long }, { other: 'c' }]);
  });

  it('leaves strings that are too long for a text as blobs', () => {
    const value = { a: blob('x'.repeat(MAX_TEXT_BYTES)), b: blob('x'.repeat(MAX_TEXT_BYTES + 1)) };
    inlineShortBlobs(value);
    expect(typeof value.a).toBe('string');
    expect(value.b).toBeInstanceOf(JsonBlob);
  });

  it('makes no more text than it may of all together', () => {
    const count = MAX_TEXTS_BYTES / MAX_TEXT_BYTES + 3;
    const list = Array.from({ length: count }, () => blob('x'.repeat(MAX_TEXT_BYTES)));
    inlineShortBlobs(list);
    expect(list.filter((entry) => entry instanceof JsonBlob)).toHaveLength(3);
  });

  it('is not stopped by depth', () => {
    const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) as unknown;
    expect(inlineShortBlobs(deep)).toBe(deep);
  });
});
