const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
const CENTRAL_LENGTH = 46;
const LOCAL_LENGTH = 30;
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/**
 * The files of a ZIP, each as a slice of it: only requested files are read. Undefined if it is not
 * a ZIP. Files that another program has compressed are supported too.
 */
export async function readZip(
  zip: Blob,
): Promise<ReadonlyMap<string, () => Promise<Blob>> | undefined> {
  const tail = await viewOf(zip.slice(-(END_LENGTH + LONGEST_COMMENT)));
  const end = findEnd(tail);
  if (end === undefined) {
    return undefined;
  }
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  const directory = await viewOf(zip.slice(start, start + size));
  const files = new Map<string, () => Promise<Blob>>();
  for (let at = 0; at + CENTRAL_LENGTH <= directory.byteLength;) {
    if (directory.getUint32(at, true) !== CENTRAL_HEADER) {
      return undefined;
    }
    const method = directory.getUint16(at + 10, true);
    const packed = directory.getUint32(at + 20, true);
    const nameLength = directory.getUint16(at + 28, true);
    const offset = directory.getUint32(at + 42, true);
    const name = textOf(directory, at + CENTRAL_LENGTH, nameLength);
    files.set(name, () => unpack(zip, offset, packed, method));
    const rest = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
    at += CENTRAL_LENGTH + nameLength + rest;
  }
  return files;
}

/** The end of the directory is searched from the back: a comment may follow it. */
function findEnd(tail: DataView): number | undefined {
  for (let at = tail.byteLength - END_LENGTH; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) === END) {
      return at;
    }
  }
  return undefined;
}

async function unpack(zip: Blob, offset: number, packed: number, method: number): Promise<Blob> {
  // A local header may be longer than the directory says.
  const local = await viewOf(zip.slice(offset, offset + LOCAL_LENGTH));
  const extra = local.getUint16(26, true) + local.getUint16(28, true);
  const start = offset + LOCAL_LENGTH + extra;
  const data = zip.slice(start, start + packed);
  switch (method) {
    case STORED:
      return data;
    case DEFLATED:
      return new Response(data.stream().pipeThrough(new DecompressionStream('deflate-raw'))).blob();
    default:
      throw new Error(`a ZIP packed by method ${method}`);
  }
}

async function viewOf(blob: Blob): Promise<DataView> {
  return new DataView(await blob.arrayBuffer());
}

function textOf(view: DataView, at: number, length: number): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}
