import type { GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { imageReferences } from './image-reference';

const URI = 'data:image/png;base64,iVBORw0KGgoAAAAN';
const HTTPS = 'https://images.example/a.png';
const BARE = 'iVBORw0KGgoAAAANSUhEUg==';
const blob = (text: string) => JsonBlob.from(Buffer.from(text));

const read = (value: unknown) =>
  imageReferences(value, 'image').map(({ url, field }) => [
    typeof url === 'string' ? url : url.toText(),
    field.param,
  ]);

describe('imageReferences', () => {
  it.each<[unknown, readonly (readonly [string, string])[]]>([
    [URI, [[URI, 'image']]],
    [HTTPS, [[HTTPS, 'image']]],
    [blob(URI), [[URI, 'image']]],
    [
      [URI, HTTPS],
      [
        [URI, 'image[0]'],
        [HTTPS, 'image[1]'],
      ],
    ],
    [{ url: URI }, [[URI, 'image.url']]],
    [{ image_url: URI }, [[URI, 'image.image_url']]],
    [{ image_url: { url: URI, detail: 'high' } }, [[URI, 'image.image_url.url']]],
    [{ type: 'image_url', image_url: { url: blob(URI) } }, [[URI, 'image.image_url.url']]],
    [
      [{ image_url: URI }, { url: HTTPS }],
      [
        [URI, 'image[0].image_url'],
        [HTTPS, 'image[1].url'],
      ],
    ],
    // Bare base64, by what it begins with.
    [BARE, [[`data:;base64,${BARE}`, 'image']]],
    [blob(BARE), [[`data:;base64,${BARE}`, 'image']]],
    [{ url: '/9j/4AAQSkZJRg==' }, [['data:;base64,/9j/4AAQSkZJRg==', 'image.url']]],
    // What it is instead is told where it is read.
    ['a picture', [['a picture', 'image']]],
    // None.
    [undefined, []],
    [null, []],
    [false, []],
    ['', []],
    [[], []],
    [[null, ''], []],
  ])('%#', (value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  it('shares the bytes of a blob', () => {
    const bytes = blob(BARE);
    const [reference] = imageReferences(bytes, 'image');
    expect((reference?.url as JsonBlob).chunks).toContain(bytes.chunks[0]);
  });

  it.each([
    [5, 'image', 'invalid_type'],
    [[true], 'image[0]', 'invalid_type'],
    [[[URI]], 'image[0]', 'invalid_type'],
    [{}, 'image.image_url', 'missing_required_parameter'],
    [{ image_url: null }, 'image.image_url', 'missing_required_parameter'],
    [{ image_url: {} }, 'image.image_url.url', 'missing_required_parameter'],
    [{ image_url: 5 }, 'image.image_url', 'invalid_type'],
    [{ url: { url: URI } }, 'image.url', 'invalid_type'],
    [{ file_id: 'file-1' }, 'image.file_id', 'invalid_value'],
  ])('refuses %j', (value, param, code) => {
    try {
      imageReferences(value, 'image');
      throw new Error('it was taken');
    } catch (error) {
      expect((error as GatewayError).fault).toMatchObject({ param, code });
    }
  });
});
