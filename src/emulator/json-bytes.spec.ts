import fc from 'fast-check';

import { Base64, jsonBytes, jsonDocument } from './json-bytes';

const COMPACT = { pretty: false };

describe('jsonBytes', () => {
  it('prints as JSON.stringify would, with images as base64, for any bytes', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array(), fc.boolean(), (json, bytes, pretty) => {
        const other: unknown = JSON.parse(json);
        const image = Buffer.from(bytes);
        const written = jsonBytes({ other, a: [new Base64(image)], z: 1 }, { pretty });
        const expected = { other, a: [image.toString('base64')], z: 1 };
        expect(written.toString()).toBe(
          pretty ? `${JSON.stringify(expected, null, 2)}\n` : JSON.stringify(expected),
        );
      }),
    );
  });

  it.each([3 * 128 * 1024 - 1, 3 * 128 * 1024, 1_000_000, 1_000_001])(
    'writes an image of %i bytes in pieces that are one base64',
    async (length) => {
      const image = Buffer.alloc(length, 'bytes');
      const written = await jsonDocument({ data: new Base64(image) }, COMPACT);
      expect(written.toString()).toBe(`{"data":"${image.toString('base64')}"}`);
    },
  );

  it('escapes base64 so that it reads the same and looks different', () => {
    const image = Buffer.from([255, 239, 191, 250]);
    const written = jsonBytes({ data: new Base64(image) }, { ...COMPACT, escapeBase64: true });
    expect(written.toString()).toBe('{"data":"\\/++\\/+g\\u003d\\u003d"}');
    expect(JSON.parse(written.toString())).toEqual({ data: image.toString('base64') });
  });

  it('fills an image up with zero bytes, and it stays standard base64', () => {
    const image = Buffer.from('image');
    const { data } = JSON.parse(
      jsonBytes({ data: new Base64(image, 3_000_001) }, COMPACT).toString(),
    ) as { data: string };
    expect(data).toHaveLength(8 + 3_000_000);
    const bytes = Buffer.from(data, 'base64');
    expect(bytes.subarray(0, image.length)).toEqual(image);
    expect(bytes.subarray(image.length).every((byte) => byte === 0)).toBe(true);
  });
});
