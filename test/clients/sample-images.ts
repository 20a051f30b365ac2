import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { mask, picture } from '../pictures';

const WIDTH = 96;
const HEIGHT = 64;

/** Images as a client has them: in a folder, and as bytes. */
export interface SampleImages {
  /** Holds one.png, two.jpg and mask.png. */
  readonly folder: string;
  readonly png: Buffer;
  readonly jpeg: Buffer;
  /** For one.png: its left half stays as it is. */
  readonly mask: Buffer;
  remove(): Promise<void>;
}

export async function sampleImages(): Promise<SampleImages> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-samples-'));
  const png = Buffer.from(await picture(WIDTH, HEIGHT));
  const jpeg = Buffer.from(await picture(40, 50, 'jpeg'));
  const leftHalf = Buffer.from(await mask(WIDTH, HEIGHT, (x) => (x < WIDTH / 2 ? 255 : 0)));
  await writeFile(join(folder, 'one.png'), png);
  await writeFile(join(folder, 'two.jpg'), jpeg);
  await writeFile(join(folder, 'mask.png'), leftHalf);
  return {
    folder,
    png,
    jpeg,
    mask: leftHalf,
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Which half of two pictures is the same, pixel by pixel; both are as large as the sample PNG. */
export async function sameHalves(
  one: Buffer,
  other: Buffer,
): Promise<{ readonly left: boolean; readonly right: boolean }> {
  const same = async (left: number) => {
    const [a, b] = await Promise.all(
      [one, other].map((bytes) =>
        sharp(bytes)
          .removeAlpha()
          .extract({ left, top: 0, width: WIDTH / 2, height: HEIGHT })
          .raw()
          .toBuffer(),
      ),
    );
    return a !== undefined && b !== undefined && a.equals(b);
  };
  return { left: await same(0), right: await same(WIDTH / 2) };
}
