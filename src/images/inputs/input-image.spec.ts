import sharp from 'sharp';
import { GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { inputImageFromBase64, inputImageFromBytes, MAX_INPUT_IMAGE_BYTES } from './input-image';

const FIELD = { param: 'image[1]' };
const CANVAS = { width: 40, height: 30, channels: 3, background: '#336699' } as const;

function draw(format: 'png' | 'jpeg' | 'webp' | 'gif'): Promise<Buffer> {
  return sharp({ create: CANVAS }).toFormat(format).toBuffer();
}

function base64(bytes: Buffer): JsonBlob {
  return JsonBlob.from(Buffer.from(bytes.toString('base64')));
}

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.fault : error;
}

function unsupported(type: string): object {
  return {
    kind: 'invalid_request',
    param: 'image[1]',
    code: 'unsupported_file_mimetype',
    message:
      `Invalid file 'image[1]': unsupported mimetype ('${type}'). ` +
      "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
  };
}

describe.each(['png', 'jpeg', 'webp'] as const)('a real %s', (format) => {
  const expected = { format, mimeType: `image/${format}`, width: 40, height: 30 };

  it('is read as bytes, in slices, whatever type is declared', async () => {
    const bytes = await draw(format);
    const slices = [bytes.subarray(0, 5), bytes.subarray(5, 100), bytes.subarray(100)];
    const image = await inputImageFromBytes(slices, FIELD, 'image/gif');
    expect(image.header).toEqual(expected);
    expect(image.data.toText()).toBe(bytes.toString('base64'));
  });

  it('is accepted as base64 in every notation', async () => {
    const bytes = await draw(format);
    const text = bytes.toString('base64url').replace(/.{76}/g, '$&\r\n');
    const image = await inputImageFromBase64(JsonBlob.from(Buffer.from(text)), FIELD);
    expect(image.header).toEqual(expected);
    expect(image.data.toText()).toBe(bytes.toString('base64'));
  });
});

describe('a file of another type', () => {
  it.each<[string, string, string | undefined, string]>([
    ['a GIF', 'GIF89a\x01\0\x01\0', 'image/png', 'image/gif'],
    ['a HEIC', '\0\0\0\x18ftypheic\0\0\0\0', undefined, 'image/heic'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/png', 'image/svg+xml'],
    ['a text', 'not an image', 'image/png', 'text/plain'],
    ['a text file', 'hello', 'application/octet-stream', 'text/plain'],
    ['nothing', '', 'image/png', 'application/x-empty'],
    ['the unknown, declared', '\x01\x02\x03', 'Application/ZIP; x=y', 'application/zip'],
    ['the unknown, undeclared', '\x01\x02\x03', undefined, 'application/octet-stream'],
    ['the unknown, called a PNG', '\x01\x02\x03', 'image/png', 'application/octet-stream'],
    ['the unknown, called nonsense', '\x01\x02\x03', "x/y'); --", 'application/octet-stream'],
  ])('%s is refused by its true type', async (_name, text, declared, type) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(await faultOf(inputImageFromBytes([bytes], FIELD, declared))).toEqual(unsupported(type));
    if (bytes.length > 0) {
      expect(await faultOf(inputImageFromBase64(base64(bytes), FIELD, declared))).toEqual(
        unsupported(type),
      );
    }
  });
});

describe('an image that cannot be read', () => {
  it.each([
    ['a PNG that ends too soon', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['a PNG of no pixels', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x01'],
    ['a JPEG without a frame', '\xff\xd8\xff\xd9'],
    ['a WebP of an unknown kind', 'RIFF\x10\0\0\0WEBPVP9 \0\0\0\0'],
  ])('%s', async (_name, text) => {
    const bytes = Buffer.from(text, 'latin1');
    const expected = { kind: 'unreadable_input_image', name: 'image[1]' };
    expect(await faultOf(inputImageFromBytes([bytes], FIELD))).toEqual(expected);
    expect(await faultOf(inputImageFromBase64(base64(bytes), FIELD))).toEqual(expected);
  });
});

describe('base64 that is none', () => {
  it.each([
    ['', 'empty base64-encoded bytes'],
    [' \n', 'empty base64-encoded bytes'],
    ['%89PNG', 'an invalid base64-encoded value'],
    ['iVBORw0KGgo=AAAA', 'an invalid base64-encoded value'],
  ])('%j', async (text, got) => {
    expect(await faultOf(inputImageFromBase64(JsonBlob.from(Buffer.from(text)), FIELD))).toEqual({
      kind: 'invalid_request',
      param: 'image[1]',
      code: 'invalid_value',
      message:
        "Invalid 'image[1]'. Expected a base64-encoded data URL with an image MIME type " +
        `(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${got}.`,
    });
  });
});

describe('the limit of 50 MiB', () => {
  const tooLarge = { kind: 'invalid_request', param: 'image[1]', code: 'image_file_too_large' };

  it('lets an image of just so many bytes pass, and refuses one more', async () => {
    const png = await draw('png');
    const room = Buffer.alloc(MAX_INPUT_IMAGE_BYTES - png.length);
    const image = await inputImageFromBytes([png, room], FIELD);
    expect(image.header.format).toBe('png');
    expect((await inputImageFromBase64(image.data, FIELD)).data.byteLength).toBe(
      image.data.byteLength,
    );
    const longer = Buffer.concat([png, room, Buffer.from('x')]);
    expect(await faultOf(inputImageFromBytes([longer], FIELD))).toMatchObject(tooLarge);
    expect(await faultOf(inputImageFromBase64(base64(longer), FIELD))).toMatchObject(tooLarge);
  });
});

describe('an aborted signal', () => {
  it('ends the work with its reason', async () => {
    const png = await draw('png');
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    expect(await faultOf(inputImageFromBytes([png], FIELD, undefined, signal))).toBe(reason);
    expect(await faultOf(inputImageFromBase64(base64(png), FIELD, undefined, signal))).toBe(reason);
  });
});
