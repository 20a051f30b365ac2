import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { Metadata } from 'sharp';

/** Where an ICC profile names the space of its values. */
const SPACE_START = 16;
const SPACE_END = 20;

/**
 * The embedded ICC profile, where the picture's values are RGB by it. That of a grey picture or of
 * CMYK says nothing of the RGB that comes out of decoding.
 */
export function rgbProfileOf({ icc, space }: Metadata): Buffer | undefined {
  const isRgb = space === 'srgb' || space === 'rgb16';
  return isRgb && icc?.toString('latin1', SPACE_START, SPACE_END) === 'RGB ' ? icc : undefined;
}

/**
 * Hands over the path of a file with the profile, which is gone afterwards: libvips takes a profile to
 * convert to by its file name only. Where no file can be written, undefined is handed over.
 */
export async function withProfileFile<T>(
  profile: Buffer,
  use: (file: string | undefined) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'easel-')).catch(() => undefined);
  try {
    return await use(folder === undefined ? undefined : await written(folder, profile));
  } finally {
    if (folder !== undefined) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function written(folder: string, profile: Buffer): Promise<string | undefined> {
  const file = path.join(folder, 'profile.icc');
  return writeFile(file, profile).then(
    () => file,
    () => undefined,
  );
}

/** A PNG's signature and its header chunk, which comes first and has a fixed length. */
const PNG_HEADER_BYTES = 8 + 25;

/**
 * The PNG with the profile attached and its pixels as they are: what sharp can do is convert to a
 * profile, or keep that of its own input, and raw pixels have none.
 */
export async function attachToPng(png: Buffer, profile: Buffer): Promise<Buffer> {
  const body = Buffer.concat([
    // A name, its end, and compression method 0.
    Buffer.from('iCCPICC profile\0\0', 'latin1'),
    await promisify(deflate)(profile),
  ]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length - 4, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([
    png.subarray(0, PNG_HEADER_BYTES),
    frame.subarray(0, 4),
    body,
    frame.subarray(4),
    png.subarray(PNG_HEADER_BYTES),
  ]);
}
