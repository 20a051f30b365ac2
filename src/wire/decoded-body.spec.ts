import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { startCalls, type RawUpstream } from '../../test/raw-upstream';
import { ask, bytesOf, codeOf, newSlabs } from '../../test/wire-client';
import { ConnectionPool } from './connection-pool';
import { DecodedBody } from './decoded-body';

const MAX_BYTES = 100_000;
const body = Buffer.concat([randomBytes(40_000), Buffer.alloc(40_000)]);

let upstream: RawUpstream;

afterEach(() => upstream.close());

/** Takes a response with these bytes for its body, as if it were so encoded. */
async function decoded(encoding: string, ...pieces: readonly Buffer[]): Promise<DecodedBody> {
  return decodedUpTo(MAX_BYTES, encoding, pieces);
}

async function decodedUpTo(
  maxBytes: number,
  encoding: string,
  pieces: readonly Buffer[],
): Promise<DecodedBody> {
  upstream = await startCalls(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const piece of pieces) {
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
  });
  const response = await ask(new ConnectionPool(), upstream.url).response;
  return new DecodedBody(response.body, encoding, maxBytes);
}

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('a body that came as %s is as it was', async (encoding, compress) => {
  const bytes = compress(body);
  const half = bytes.length / 2;
  const incoming = await decoded(encoding, bytes.subarray(0, half), bytes.subarray(half));
  expect((await bytesOf(incoming)).equals(body)).toBe(true);
});

const zipped = gzipSync(body);
const broken = Buffer.from(zipped);
broken.fill(0xff, 1000, 1100);

it.each<[string, string, readonly Buffer[]]>([
  ['broken gzip', 'gzip', [broken]],
  ['half of it', 'gzip', [zipped.subarray(0, 20_000)]],
  ['no gzip', 'gzip', [body]],
  // Not random: one byte in fifty begins an empty brotli, behind which anything may stand.
  ['no brotli', 'br', [Buffer.alloc(40_000, 'no brotli')]],
  ['a bomb', 'gzip', [gzipSync(Buffer.alloc(20_000_000))]],
  ['a bomb of brotli', 'br', [brotliCompressSync(Buffer.alloc(20_000_000))]],
  ['more than may come of it before it is decompressed', 'gzip', [randomBytes(MAX_BYTES), body]],
  ['an encoding that nobody knows', 'zstd', [body]],
  ['two encodings', 'gzip, gzip', [gzipSync(zipped)]],
])('%s is refused', async (_name, encoding, pieces) => {
  const incoming = await decoded(encoding, ...pieces);
  expect(await codeOf(bytesOf(incoming))).toBe('EPROTO');
});

it('nothing is emitted once it was destroyed', async () => {
  const told: string[] = [];
  const incoming = await decoded('gzip', zipped);
  const heard = new Promise<void>((resolve) => {
    incoming.read(newSlabs(), {
      onBody: () => {
        told.push('body');
        incoming.destroy();
        resolve();
      },
      onEnd: () => told.push('end'),
      onError: () => told.push('error'),
    });
  });
  await heard;
  await pause(5);
  expect(told).toEqual(['body']);
});

it('a broken connection is reported as such', async () => {
  const incoming = await decoded('gzip', zipped.subarray(0, 1000));
  for (const socket of upstream.sockets) {
    socket.resetAndDestroy();
  }
  expect(['ECONNRESET', 'EPROTO']).toContain(await codeOf(bytesOf(incoming)));
});

it.each([
  ['gzip', gzipSync(Buffer.alloc(60_000_000))],
  ['br', brotliCompressSync(Buffer.alloc(60_000_000))],
])(
  'what comes to a hundred times its size is refused before it has: %s',
  async (encoding, bomb) => {
    const incoming = await decodedUpTo(256_000_000, encoding, [bomb]);
    let taken = 0;
    const fault = await new Promise<Error>((resolve, reject) => {
      incoming.read(newSlabs(), {
        onBody: (bytes) => (taken += bytes.length),
        onEnd: () => {
          reject(new Error('it was taken'));
        },
        onError: resolve,
      });
    });
    expect(fault).toMatchObject({ code: 'EPROTO' });
    expect(taken).toBeLessThan(10_000_000);
  },
);
