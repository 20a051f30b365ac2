import { unzipSync, zipSync } from 'fflate';
import { crc32 } from './crc32';
import { readZip } from './zip-reader';
import { zipOf } from './zip-writer';

const FILES = {
  'history.json': 'all of it',
  'pictures/Лодка ü.jpg': '\u0000\u0001PK\u0003\u0004 not a header',
  empty: '',
};

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function texts(zip: Blob): Promise<object> {
  const files = (await readZip(zip)) ?? new Map<string, () => Promise<Blob>>();
  const entries = [...files].map(async ([name, open]) => [name, await (await open()).text()]);
  return Object.fromEntries(await Promise.all(entries)) as object;
}

it.each([
  ['', 0],
  ['123456789', 0xcbf43926],
])('has the checksum of %j', (text, expected) => {
  expect(crc32(bytes(text))).toBe(expected);
  expect(crc32(bytes(text.slice(4)), crc32(bytes(text.slice(0, 4))))).toBe(expected);
});

it('writes what another program reads', async () => {
  const zip = await zipOf(
    Object.entries(FILES).map(([name, text]) => ({ name, data: new Blob([text]) })),
  );
  const read = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  const decoded = Object.entries(read).map(([name, data]) => [
    name,
    new TextDecoder().decode(data),
  ]);
  expect(Object.fromEntries(decoded)).toEqual(FILES);
});

it.each([0, 6] as const)('reads what another program has packed at level %i', async (level) => {
  const packed = Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, bytes(text)]),
  );
  expect(await texts(new Blob([zipSync(packed, { level, comment: 'a comment' })]))).toEqual(FILES);
});

it('reads what it writes', async () => {
  const zip = await zipOf(
    Object.entries(FILES).map(([name, text]) => ({ name, data: new Blob([text]) })),
  );
  expect(await texts(zip)).toEqual(FILES);
});

it.each(['', 'no ZIP at all', 'x'.repeat(100_000)])('knows what is none: %#', async (text) => {
  expect(await readZip(new Blob([text]))).toBeUndefined();
});
