import { isFileName, mimeTypeOf, newFileName, partsOf, type HostedMimeType } from './file-name';

describe('the name of a hosted file', () => {
  it.each<[HostedMimeType, string]>([
    ['image/png', 'png'],
    ['image/jpeg', 'jpg'],
    ['image/webp', 'webp'],
  ])('of %s ends with %s', (mimeType, extension) => {
    const name = newFileName(mimeType);
    expect(isFileName(name)).toBe(true);
    expect(partsOf(name).extension).toBe(extension);
    expect(Buffer.from(partsOf(name).id, 'base64url')).toHaveLength(16);
    expect(mimeTypeOf(name)).toBe(mimeType);
  });

  it('is never the same twice', () => {
    const names = Array.from({ length: 1000 }, () => newFileName('image/png'));
    expect(new Set(names).size).toBe(1000);
  });

  it.each([
    '',
    '.png',
    'AAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAA.gif',
    'AAAAAAAAAAAAAAAAAAAAAA.png.part',
    'AAAAAAAAAAAAAAAAAAAAA.png',
    'AAAAAAAAAAAAAAAAAAAAAAA.png',
    'AAAAAAAAAAAAAAAAAAAAAA.PNG',
    'AAAAAAAAAAAAAAAAAAAA/A.png',
    '../AAAAAAAAAAAAAAAAAAAAAA.png',
    'AAAAAAAAAAAAAAAAAAAAAA.png\n',
    'AAAAAAAAAAAAAAAAAAAA+A.png',
  ])('is not %j', (text) => {
    expect(isFileName(text)).toBe(false);
  });
});
