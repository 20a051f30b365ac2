import { crc32 as crcOf, createDeflate } from 'node:zlib';
import sharp from 'sharp';

const SIDE = 8192;
/** Adam7's passes: where they begin, and how far their pixels lie apart. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** An interlaced PNG of 16 bits in which all is black: half a megabyte that takes half a gigabyte to decode. */
export async function interlacedPng(): Promise<Buffer> {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head.set([16, 6, 0, 0, 1], 8);
  let left = PASSES.reduce((sum, [x, y, across, down]) => {
    const [columns, rows] = [Math.ceil((SIDE - x) / across), Math.ceil((SIDE - y) / down)];
    return sum + rows * (1 + columns * 8);
  }, 0);
  const deflate = createDeflate({ level: 1 });
  const zeros = Buffer.alloc(1024 * 1024);
  const packed: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => packed.push(chunk));
  const ended = new Promise((resolve) => deflate.once('end', resolve));
  while (left > 0) {
    const rows = zeros.subarray(0, Math.min(left, zeros.length));
    left -= rows.length;
    if (!deflate.write(rows)) {
      await new Promise((resolve) => deflate.once('drain', resolve));
    }
  }
  deflate.end();
  await ended;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', Buffer.concat(packed)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Sixty million pixels in a progressive JPEG. */
export function progressiveJpeg(): Promise<Buffer> {
  const create = { width: 60_000, height: 1000, channels: 3, background: '#357' } as const;
  return sharp({ create }).jpeg({ progressive: true }).toBuffer();
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crcOf(named));
  return Buffer.concat([length, named, check]);
}
