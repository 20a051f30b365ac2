import { serialiseBlobJson } from '../json/blob-json-writer';
import { JsonBlob } from '../json/json-blob';
import { filesIn, imagesIn, keptValue, KnownImages, restoredValue } from './kept-response';

const image = new JsonBlob([Buffer.from('QUJD'), Buffer.from('REVG')], true);
const other = new JsonBlob([Buffer.from('R0hJ')], true);
const URL = 'https://easel.test/files/x.png?exp=1&sig=a';
const LINKED = { file: 'x.png', deletedAt: 1_790_000_000, isWhole: true } as const;
const URLS = new Map([[URL, LINKED]]);

function known(): KnownImages {
  const images = new KnownImages();
  images.add(image, 'image/png');
  images.add(other, 'image/jpeg');
  return images;
}

const written = (value: unknown) => Buffer.concat(serialiseBlobJson(value).chunks).toString();

describe('a kept value', () => {
  it.each<[string, unknown, readonly number[], readonly string[]]>([
    ['plain data', { a: 1, b: [true, null, 'x'], c: {} }, [], []],
    ['an image', { b64_json: image }, [0], []],
    ['two images', [image, { data: other }], [0, 1], []],
    ['a data URI of an image', { url: image.withPrefix('data:image/png;base64,') }, [0], []],
    ['a URL', { url: URL }, [], ['x.png']],
    ['a URL in a text', { content: `![a](${URL}) and ${URL}` }, [], ['x.png', 'x.png']],
    [
      'a text with images in it',
      JsonBlob.join([JsonBlob.from(Buffer.from('"a"\n')), image, JsonBlob.from(Buffer.from('\n'))]),
      [0],
      [],
    ],
    ['a long text without any', JsonBlob.from(Buffer.from('"é"\n')), [], []],
  ])('is JSON, and becomes the same again: %s', (_name, value, images, files) => {
    const list = known();
    const kept = JSON.parse(JSON.stringify(keptValue(value, list, URLS))) as ReturnType<
      typeof keptValue
    >;
    expect([imagesIn(kept), filesIn(kept).map(({ file }) => file)]).toEqual([images, files]);
    const restored = restoredValue(kept, {
      image: (index) => list.list[index]?.data ?? new JsonBlob([]),
      url: (linked) => {
        expect(linked).toEqual(LINKED);
        return URL;
      },
    });
    expect(written(restored)).toBe(written(value));
  });

  it('leaves out members that are not there', () => {
    expect(keptValue({ a: undefined, b: 1 }, known(), URLS)).toEqual({ b: 1 });
  });

  it('has an image once, however often it is recorded', () => {
    const images = known();
    images.add(image, 'image/png');
    expect(images.list).toHaveLength(2);
  });
});
