import { randomFrom } from './random';

const SIDE = 256;
/** Middle grey, which the soft-light blend leaves unchanged. */
const MIDDLE = 128;
const STRENGTH = 11;
/** Grain takes up most of a JPEG's bytes: with this much, a 4K picture is as large as Google's. */
const DETAILED_STRENGTH = 48;

/** A raw RGBA tile of fine noise, in the form that sharp accepts as an image. */
interface GrainTile {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 4 };
}

/** An edit has a different grain: over the same one in its input it would produce a moiré. */
type Sheet = 'painting' | 'edit' | 'detailed painting' | 'detailed edit';

const tiles = new Map<Sheet, GrainTile>();

/** Film grain: it takes the plastic look off flat colour, and gives files a natural size. */
export function grainTile(sheet: Sheet): GrainTile {
  const tile = tiles.get(sheet) ?? draw(sheet);
  tiles.set(sheet, tile);
  return tile;
}

function draw(sheet: Sheet): GrainTile {
  const random = randomFrom(`grain of a ${sheet}`);
  const strength = sheet.startsWith('detailed') ? DETAILED_STRENGTH : STRENGTH;
  const data = Buffer.alloc(SIDE * SIDE * 4);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    // Two dice instead of one: most grains are faint.
    const grey = Math.round(MIDDLE + strength * (random.between(-1, 1) + random.between(-1, 1)));
    data.writeUInt32LE(grey * 0x010101 + 0xff000000, pixel * 4);
  }
  return { data, raw: { width: SIDE, height: SIDE, channels: 4 } };
}
