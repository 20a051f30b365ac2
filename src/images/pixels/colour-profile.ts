import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { Metadata } from 'sharp';

/** The offset at which an ICC profile names the colour space of its values. */
const SPACE_START = 16;
const SPACE_END = 20;

/**
 * The embedded ICC profile, if it describes RGB values. The profile of a grey or CMYK image does
 * not apply to the RGB that decoding returns.
 */
export function rgbProfileOf({ icc, space }: Metadata): Buffer | undefined {
  const isRgb = space === 'srgb' || space === 'rgb16';
  return isRgb && icc?.toString('latin1', SPACE_START, SPACE_END) === 'RGB ' ? icc : undefined;
}

/**
 * Calls `work` with the path of a temporary file that holds the profile: libvips accepts a target
 * profile by file name only. If no file can be written, the path is undefined.
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
 * Attaches the profile to the PNG without changing its pixels. sharp can only convert to a profile
 * or keep that of its own input, and raw pixels have none.
 */
export async function attachToPng(png: Buffer, profile: Buffer): Promise<Buffer> {
  const body = Buffer.concat([
    // A name, its terminator, and compression method 0.
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
