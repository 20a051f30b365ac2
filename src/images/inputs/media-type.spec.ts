import sharp from 'sharp';
import { mediaTypeOf } from './media-type';

describe('mediaTypeOf', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'recognises a real %s',
    async (format) => {
      const canvas = { width: 8, height: 6, channels: 3, background: '#336699' } as const;
      const image = await sharp({ create: canvas }).toFormat(format).toBuffer();
      expect(mediaTypeOf(image)).toBe(`image/${format}`);
    },
  );

  it.each([
    ['', 'application/x-empty'],
    ['GIF87a\x01\0', 'image/gif'],
    ['\0\0\0\x18ftypheic\0\0\0\0', 'image/heic'],
    ['\0\0\0\x18ftyphevc\0\0\0\0', 'image/heic'],
    ['\0\0\0\x18ftypmif1\0\0\0\0', 'image/heif'],
    ['BM\x46\0\0\0\0\0\0\0', 'image/bmp'],
    ['MM\0*\0\0', 'image/tiff'],
    ['\0\0\x01\0\x01\0', 'image/x-icon'],
    ['\0\0\0\x0cJXL \r\n', 'image/jxl'],
    ['8BPS\0\x01', 'image/vnd.adobe.photoshop'],
    ['%PDF-1.7\n', 'application/pdf'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
    ['<?xml version="1.0"?>\n<!-- a logo -->\n<svg>', 'image/svg+xml'],
    ['<!DOCTYPE html><html>', 'text/html'],
    ['BMW is a make of cars', 'text/plain'],
    ['déjà vu €', 'text/plain'],
    ['a\tb\r\nc\f', 'text/plain'],
    ['RIFF\x10\0\0\0WAVEfmt ', undefined],
    ['\x01\x02\x03', undefined],
  ])('%j is %s', (text, expected) => {
    const encoding = text.includes('é') ? 'utf8' : 'latin1';
    expect(mediaTypeOf(Buffer.from(text, encoding))).toBe(expected);
  });
});
