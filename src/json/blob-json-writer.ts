import { randomUUID } from 'node:crypto';
import { JsonBlob } from './json-blob';

/** A document ready to be written: its chunks in order, and their total length. */
export interface SerialisedJson {
  readonly chunks: readonly Buffer[];
  readonly byteLength: number;
}

/**
 * Writes plain data with JsonBlobs at any depth as `JSON.stringify` would write it with strings in
 * their place, byte for byte; the blobs' own slices become chunks of the document. A blob whose
 * bytes are not UTF-8 is written as it is.
 *
 * @throws TypeError for what JSON cannot express (undefined, a function, a BigInt, a cycle).
 */
export function serialiseBlobJson(value: unknown): SerialisedJson {
  // Drawn after the value was made, so that the value cannot contain it.
  const token = randomUUID();
  const blobs: JsonBlob[] = [];
  const skeleton = JSON.stringify(withTokens(value, token, blobs)) as string | undefined;
  if (skeleton === undefined) {
    throw new TypeError('The value has no form in JSON');
  }
  const chunks: Buffer[] = [];
  skeleton.split(token).forEach((text, index) => {
    // Before the first piece of text there is no blob, before each further one there is the next.
    for (const slice of index === 0 ? [] : writableSlices(blobs[index - 1])) {
      chunks.push(slice);
    }
    chunks.push(Buffer.from(text));
  });
  return { chunks, byteLength: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/**
 * A copy of the structure with a token for every blob, and the blobs in the order in which
 * `JSON.stringify` will reach them.
 */
function withTokens(value: unknown, token: string, blobs: JsonBlob[]): unknown {
  if (value instanceof JsonBlob) {
    blobs.push(value);
    return token;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withTokens(item, token, blobs));
  }
  if (typeof value !== 'object' || value === null || 'toJSON' in value) {
    return value;
  }
  // Without a prototype, so that a key named __proto__ is a key like any other.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) {
    copy[key] = withTokens(member, token, blobs);
  }
  return copy;
}

function writableSlices(blob: JsonBlob | undefined): readonly Buffer[] {
  if (blob === undefined) {
    return [];
  }
  return blob.escapeFree ? blob.chunks : blob.chunks.map(escapeSlice);
}

/**
 * Escapes one slice by itself, even if a character is cut: read as Latin-1, every byte is a
 * character of its own, and JSON escapes none above 0x7f.
 */
function escapeSlice(slice: Buffer): Buffer {
  return Buffer.from(JSON.stringify(slice.toString('latin1')).slice(1, -1), 'latin1');
}
