import { decodeText, firstBytes, looksLikeText, partKind, readPartHeader } from './multipart-part';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('readPartHeader', () => {
  it.each<[string, string, string | undefined, object | undefined]>([
    ['a field', 'form-data; name="prompt"', undefined, { name: 'prompt' }],
    ['a name without quotes', 'form-data; name=image', undefined, { name: 'image' }],
    [
      'a file',
      'form-data; name="image"; filename="x.png"',
      'image/PNG',
      { name: 'image', filename: 'x.png', declaredType: 'image/png' },
    ],
    ['the name last', 'form-data; filename=x; name=y', undefined, { name: 'y', filename: 'x' }],
    [
      'directories',
      'form-data; name=image; filename="Assets/sub/x.png"',
      undefined,
      { name: 'image', filename: 'x.png' },
    ],
    [
      'directories of Windows',
      'form-data; name=image; filename="C:\\Users\\me\\x.png"',
      undefined,
      { name: 'image', filename: 'x.png' },
    ],
    [
      'the name encoded as well',
      'form-data; name=image; filename="?.png"; filename*=utf-8\'\'Assets%2f%C3%A9.png',
      undefined,
      { name: 'image', filename: 'é.png' },
    ],
    [
      'an encoding that is broken',
      "form-data; name=image; filename*=utf-8''100%.png",
      undefined,
      { name: 'image', filename: '100%.png' },
    ],
    [
      'no file chosen',
      'form-data; name="mask"; filename=""',
      undefined,
      { name: 'mask', filename: '' },
    ],
    [
      'UTF-8',
      latin1('form-data; name="é"; filename="ü.png"'),
      undefined,
      { name: 'é', filename: 'ü.png' },
    ],
    [
      'a charset',
      'form-data; name="a"',
      'text/plain; charset="ISO-8859-1"',
      { name: 'a', declaredType: 'text/plain', charset: 'ISO-8859-1' },
    ],
    ['an empty name', 'form-data; name=""', undefined, { name: '' }],
    ['no name', 'form-data; filename="x.png"', undefined, undefined],
    ['another disposition', 'attachment; name="x"', undefined, undefined],
    ['none', '', undefined, undefined],
  ])('%s', (_name, disposition, type, expected) => {
    const lines = {
      ...(disposition === '' ? {} : { 'content-disposition': [disposition] }),
      ...(type === undefined ? {} : { 'content-type': [type] }),
    };
    expect(readPartHeader(lines)).toEqual(expected);
  });
});

describe('partKind', () => {
  it.each<[object, string]>([
    [{ name: 'prompt' }, 'text'],
    [{ name: 'prompt', declaredType: 'text/plain' }, 'text'],
    [{ name: 'prompt', declaredType: 'application/octet-stream' }, 'file'],
    [{ name: 'prompt', filename: 'x' }, 'file'],
    [{ name: 'image', filename: '' }, 'file'],
    [{ name: 'image', declaredType: 'application/octet-stream' }, 'file'],
    [{ name: 'image', declaredType: 'image/png' }, 'file'],
    [{ name: 'image' }, 'either'],
    [{ name: 'image[]' }, 'either'],
    [{ name: 'image[3]' }, 'either'],
    [{ name: 'images' }, 'text'],
    [{ name: 'image', declaredType: 'text/plain' }, 'either'],
  ])('%j: %s', (header, expected) => {
    expect(
      partKind({ name: '', ...header }, { names: new Set(['image']), types: /^image\// }),
    ).toBe(expected);
  });
});

describe('looksLikeText', () => {
  it.each<[string, string | Buffer, boolean]>([
    ['a data URI', 'data:image/png;base64,iVBORw0KGgo=', true],
    ['a URL', 'https://example.com/x.png', true],
    ['lines', 'a\r\n\tb', true],
    ['any language', 'été 画像 🚀', true],
    ['a long text cut within a character', 'é'.repeat(700).padStart(1401, 'x'), true],
    ['PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), false],
    ['JPEG', Buffer.from('ffd8ffe000104a464946000101', 'hex'), false],
    ['WebP', Buffer.from('524946461a000000574542505650384c0d000000', 'hex'), false],
    ['GIF', Buffer.from('474946383961010001008000', 'hex'), false],
    ['AVIF', Buffer.from('0000001c6674797061766966', 'hex'), false],
    ['BMP', Buffer.from('424d3a00000000000000', 'hex'), false],
    ['bytes that are no UTF-8', Buffer.from('abc\xffdef', 'latin1'), false],
  ])('%s', (_name, content, expected) => {
    const bytes = Buffer.from(content as string);
    expect(looksLikeText([bytes])).toBe(expected);
    expect(looksLikeText([...bytes].map((byte) => Buffer.from([byte])))).toBe(expected);
  });
});

describe('headOf', () => {
  it.each([
    [0, ''],
    [2, 'ab'],
    [4, 'abcd'],
    [9, 'abcde'],
  ])('%i bytes', (bytes, expected) => {
    expect(firstBytes([Buffer.from('abc'), Buffer.from('de')], bytes).toString()).toBe(expected);
  });
});

describe('decodeText', () => {
  it.each<[string, Buffer, string | undefined, string]>([
    ['UTF-8', Buffer.from('é🚀'), undefined, 'é🚀'],
    ['its charset', Buffer.from('é', 'latin1'), 'ISO-8859-1', 'é'],
    ['a charset that nobody knows', Buffer.from('é'), 'klingon', 'é'],
    ['nothing', Buffer.alloc(0), undefined, ''],
  ])('%s', (_name, bytes, charset, expected) => {
    expect(decodeText(bytes, charset)).toBe(expected);
  });
});
