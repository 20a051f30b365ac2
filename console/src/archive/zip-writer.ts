import { crc32 } from './crc32';

export interface ZipFile {
  readonly name: string;
  readonly data: Blob;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 1 << 11;
/** 1 January 1980, the earliest possible date: the index has the real one. */
const DATE = (1 << 5) | 1;

/**
 * A ZIP of uncompressed files: pictures are compressed already. It consists of the blobs
 * themselves, so that a history of a gigabyte is never held in memory; the libraries that are small
 * enough for this page use whole arrays.
 */
export async function zipOf(files: readonly ZipFile[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let offset = 0;
  let directorySize = 0;
  for (const { name, data } of files) {
    const encoded = new TextEncoder().encode(name);
    const facts = factsOf(await checksum(data), data.size, encoded.length);
    const local = header(LOCAL_HEADER, [VERSION, ...facts, 0]);
    parts.push(local, encoded, data);
    const central = header(CENTRAL_HEADER, [VERSION, VERSION, ...facts, 0, 0, 0, 0, 0, 0], offset);
    directory.push(central, encoded);
    offset += local.length + encoded.length + data.size;
    directorySize += central.length + encoded.length;
  }
  const sizes = [...halves(directorySize), ...halves(offset)];
  const end = header(END, [0, 0, files.length, files.length, ...sizes, 0]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

/**
 * The fields that both headers of a file share: flags, method, time, date, checksum, both sizes,
 * length of the name.
 */
function factsOf(crc: number, size: number, nameLength: number): readonly number[] {
  return [UTF8, 0, 0, DATE, ...halves(crc), ...halves(size), ...halves(size), nameLength];
}

/** A four-byte number as two two-byte ones, the lower half first. */
function halves(value: number): [number, number] {
  return [value & 0xffff, value >>> 16];
}

/** A signature and two-byte fields, optionally followed by a four-byte offset. */
function header(
  signature: number,
  fields: readonly number[],
  offset?: number,
): Uint8Array<ArrayBuffer> {
  const words = [...halves(signature), ...fields, ...(offset === undefined ? [] : halves(offset))];
  const view = new DataView(new ArrayBuffer(words.length * 2));
  words.forEach((word, index) => {
    view.setUint16(index * 2, word, true);
  });
  return new Uint8Array(view.buffer);
}

async function checksum(data: Blob): Promise<number> {
  let crc = 0;
  for await (const bytes of data.stream() as unknown as AsyncIterable<Uint8Array>) {
    crc = crc32(bytes, crc);
  }
  return crc;
}
