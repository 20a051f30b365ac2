import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Metadata } from 'sharp';
import sharp from 'sharp';
import { attachToPng, rgbProfileOf, withProfileFile } from './colour-profile';

const create = { width: 3, height: 2, channels: 4, background: '#12345678' } as const;

async function displayP3(): Promise<Buffer> {
  const { icc } = await sharp(
    await sharp({ create }).withIccProfile('p3').png().toBuffer(),
  ).metadata();
  return icc ?? Buffer.alloc(0);
}

describe('rgbProfileOf', () => {
  const profile = (space: string): Buffer => Buffer.from(`${'.'.repeat(16)}${space}and so on`);

  it.each([
    ['RGB ', 'srgb', true],
    ['RGB ', 'rgb16', true],
    ['RGB ', 'b-w', false],
    ['RGB ', 'cmyk', false],
    ['GRAY', 'srgb', false],
    ['CMYK', 'cmyk', false],
  ] as const)('a profile of %j on a picture in %s: %s', (of, space, expected) => {
    const icc = profile(of);
    expect(rgbProfileOf({ icc, space } as Metadata)).toBe(expected ? icc : undefined);
  });

  it('finds none if there is none', () => {
    expect(rgbProfileOf({ space: 'srgb' } as Metadata)).toBeUndefined();
  });
});

describe('attachToPng', () => {
  it('attaches the profile and does not change the pixels', async () => {
    const png = await sharp({ create }).png().toBuffer();
    const profile = await displayP3();
    const tagged = await attachToPng(png, profile);
    expect((await sharp(tagged).metadata()).icc?.equals(profile)).toBe(true);
    const pixels = await sharp(tagged, { failOn: 'warning', ignoreIcc: true }).raw().toBuffer();
    expect(pixels.equals(await sharp(png).raw().toBuffer())).toBe(true);
  });
});

describe('withProfileFile', () => {
  it.each([
    ['after the work', () => Promise.resolve()],
    ['after a failure', () => Promise.reject(new Error('failed'))],
  ])('leaves nothing behind %s', async (_name, end) => {
    let seen = '';
    await withProfileFile(Buffer.from('a profile'), async (file = '') => {
      seen = file;
      expect(await readFile(file, 'utf8')).toBe('a profile');
      await end();
    }).catch(() => undefined);
    expect(path.isAbsolute(seen)).toBe(true);
    expect(existsSync(path.dirname(seen))).toBe(false);
  });

  it('works without a file if none can be written', async () => {
    const temporary = jest.spyOn(os, 'tmpdir').mockReturnValue(path.join(__dirname, 'nowhere'));
    const file = await withProfileFile(Buffer.from('a profile'), (at) => Promise.resolve(at));
    temporary.mockRestore();
    expect(file).toBeUndefined();
  });
});
