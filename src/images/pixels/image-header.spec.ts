import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { JsonBlob } from '../../json/json-blob';
import type { ImageHeader } from './image-header';
import { readImageHeader, readImageHeaderBytes } from './image-header';

function picture(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#2a6' } });
}

/** Reads the header in every way there is: bytes, base64 in one buffer, and in chunks of 7. */
function readEveryWay(image: Buffer): ImageHeader | undefined {
  const fromBytes = readImageHeaderBytes((start, end) => image.subarray(start, end));
  const base64 = Buffer.from(image.toString('base64'));
  const chunks = [...Array(Math.ceil(base64.length / 7)).keys()].map((index) =>
    base64.subarray(index * 7, index * 7 + 7),
  );
  expect(readImageHeader(base64)).toEqual(fromBytes);
  expect(readImageHeader(JsonBlob.from(chunks))).toEqual(fromBytes);
  return fromBytes;
}

/** A JPEG segment; its stated length counts itself, not the marker. */
function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

describe('readImageHeader', () => {
  it.each([
    ['PNG', 'png', () => picture(123, 45).png()],
    ['interlaced PNG', 'png', () => picture(123, 45).png({ progressive: true })],
    ['PNG with a palette', 'png', () => picture(123, 45).png({ palette: true })],
    ['JPEG', 'jpeg', () => picture(123, 45).jpeg()],
    ['progressive JPEG', 'jpeg', () => picture(123, 45).jpeg({ progressive: true })],
    ['grey JPEG', 'jpeg', () => picture(123, 45).greyscale().jpeg()],
    ['JPEG with EXIF and ICC', 'jpeg', () => picture(123, 45).withMetadata().jpeg()],
    ['lossy WebP', 'webp', () => picture(123, 45).webp()],
    ['lossless WebP', 'webp', () => picture(123, 45).webp({ lossless: true })],
    ['WebP with alpha', 'webp', () => picture(123, 45).ensureAlpha(0.5).webp()],
    ['WebP with metadata', 'webp', () => picture(123, 45).withMetadata().webp()],
  ])('reads %s', async (_name, format, make) => {
    const image = await make().toBuffer();
    const expected = { format, mimeType: `image/${format}`, width: 123, height: 45 };
    expect(readEveryWay(image)).toEqual(expected);
  });

  it.each([
    [1, 1],
    [12288, 2],
    [3, 8192],
  ])('reads sizes of %i x %i', async (width, height) => {
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      for (const options of [{}, { lossless: true }]) {
        const image = await picture(width, height).toFormat(format, options).toBuffer();
        expect(readImageHeader(Buffer.from(image.toString('base64')))).toMatchObject({
          format,
          width,
          height,
        });
      }
    }
  });

  it('hops over metadata larger than any one segment', async () => {
    const jpeg = await picture(321, 54).jpeg().toBuffer();
    const chunk = Buffer.alloc(65_533, 0xff);
    const metadata = [segment(0xe1, chunk), segment(0xe2, chunk), segment(0xeb, chunk)];
    const image = withSegments(jpeg, ...metadata, segment(0xfe, Buffer.alloc(3000)));
    expect(image.length).toBeGreaterThan(195_000);
    expect(readEveryWay(image)).toMatchObject({ format: 'jpeg', width: 321, height: 54 });
  });

  it('does not decode what it hops over', async () => {
    const jpeg = await picture(321, 54).jpeg().toBuffer();
    const image = withSegments(jpeg, ...Array<Buffer>(3).fill(segment(0xe2, Buffer.alloc(65_533))));
    let read = 0;
    readImageHeaderBytes((start, end) => {
      read += end - start;
      return image.subarray(start, end);
    });
    expect(read).toBeLessThan(200);
  });

  it.each([
    ['fill bytes', Buffer.alloc(5, 0xff)],
    ['a marker without a segment', Buffer.from([0xff, 0x01, 0xff, 0xd3])],
    ['Huffman tables before the frame', segment(0xc4, Buffer.alloc(30))],
    ['an empty segment', segment(0xe0, Buffer.alloc(0))],
  ])('passes %s in a JPEG', async (_name, extra) => {
    const image = withSegments(await picture(12, 34).jpeg().toBuffer(), extra);
    expect(readEveryWay(image)).toMatchObject({ width: 12, height: 34 });
  });

  it('returns the stored size, before any orientation', async () => {
    const image = await picture(20, 10).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(readEveryWay(image)).toMatchObject({ width: 20, height: 10 });
  });

  it.each(['png', 'jpeg', 'webp'] as const)('wants the whole header of a %s', async (format) => {
    const image = await picture(12, 34).toFormat(format).toBuffer();
    const complete = [...image.keys()].find(
      (length) => readEveryWay(image.subarray(0, length)) !== undefined,
    );
    expect(complete).toBeGreaterThanOrEqual(24);
    for (let length = complete ?? 0; length < image.length; length += 1) {
      expect(readEveryWay(image.subarray(0, length))).toEqual(readEveryWay(image));
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('This is not an image, but a sentence of some length.')],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x80\x00\x00', 'latin1')],
    ['a RIFF that is no WebP', Buffer.from(`RIFF\x24\0\0\0WAVEfmt ${'\0'.repeat(40)}`, 'latin1')],
    ['a WebP of no known kind', Buffer.from(`RIFF\x24\0\0\0WEBPVP9 ${'\0'.repeat(40)}`, 'latin1')],
    ['a PNG of no width', Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR${'\0'.repeat(13)}`, 'latin1')],
    [
      'a PNG without IHDR',
      Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIDAT${'\x01'.repeat(13)}`, 'latin1'),
    ],
    ['a JPEG without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0])],
    ['a JPEG that ends at once', Buffer.from([0xff, 0xd8, 0xff, 0xd9, 0, 0, 0, 0, 0, 0, 0])],
    ['a JPEG out of step', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9])],
    [
      'a JPEG of fill bytes only',
      Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(5000, 0xff)]),
    ],
    [
      'a JPEG of lengths 0',
      Buffer.concat([
        Buffer.from([0xff, 0xd8]),
        Buffer.alloc(5000, Buffer.from([0xff, 0xe0, 0, 0])),
      ]),
    ],
  ])('gives up on %s', (_name, bytes) => {
    expect(readEveryWay(bytes)).toBeUndefined();
  });

  it('gives up on base64 that is none', () => {
    expect(readImageHeader(Buffer.from('{"error": "not an image at all, sorry"}'))).toBeUndefined();
  });
});
