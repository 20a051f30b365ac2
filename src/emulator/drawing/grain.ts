import { randomFrom } from './random';

const SIDE = 256;
/** Around the middle grey, which the soft-light blend leaves as it is. */
const MIDDLE = 128;
const STRENGTH = 11;

/** A raw RGBA tile of fine noise, in the form sharp takes as an image. */
interface GrainTile {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 4 };
}

let tile: GrainTile | undefined;

/** The grain of film: it takes the plastic look off flat colour, and gives files a natural size. */
export function grainTile(): GrainTile {
  tile ??= draw();
  return tile;
}

function draw(): GrainTile {
  const random = randomFrom('grain');
  const data = Buffer.alloc(SIDE * SIDE * 4);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    // Two dice instead of one: most grains are faint.
    const grey = Math.round(MIDDLE + STRENGTH * (random.between(-1, 1) + random.between(-1, 1)));
    data.fill(grey, pixel * 4, pixel * 4 + 3);
    data[pixel * 4 + 3] = 255;
  }
  return { data, raw: { width: SIDE, height: SIDE, channels: 4 } };
}
