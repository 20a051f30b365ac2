import { randomUUID } from 'node:crypto';
import { JsonBlob } from './json-blob';

/** A serialised document: its chunks in order, and their total length. */
export interface SerialisedJson {
  readonly chunks: readonly Buffer[];
  readonly byteLength: number;
}

/**
 * Serialises plain data with JsonBlobs at any depth as `JSON.stringify` would with strings in their
 * place, byte for byte; the blobs' own slices become chunks of the document. A blob whose bytes are
 * not UTF-8 is written unchanged.
 *
 * @throws TypeError for values that JSON cannot express (undefined, a function, a BigInt, a cycle).
 */
export function serialiseBlobJson(value: unknown): SerialisedJson {
  // Generated after the value was made, so that the value cannot contain it.
  const token = randomUUID();
  const blobs: JsonBlob[] = [];
  const skeleton = JSON.stringify(withTokens(value, token, blobs)) as string | undefined;
  if (skeleton === undefined) {
    throw new TypeError('The value cannot be expressed in JSON');
  }
  const chunks: Buffer[] = [];
  skeleton.split(token).forEach((text, index) => {
    // No blob precedes the first piece of text; each further piece follows the next blob.
    for (const blob of index === 0 ? [] : (blobs[index - 1]?.parts ?? [])) {
      for (const slice of writableSlices(blob)) {
        chunks.push(slice);
      }
    }
    chunks.push(Buffer.from(text));
  });
  return { chunks, byteLength: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/**
 * A copy of the structure with a token for every blob, and the blobs in the order in which
 * `JSON.stringify` will visit them.
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
  // Without a prototype, so that `__proto__` is an ordinary key.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) {
    copy[key] = withTokens(member, token, blobs);
  }
  return copy;
}

function writableSlices(blob: JsonBlob): readonly Buffer[] {
  return blob.escapeFree ? blob.chunks : blob.chunks.map(escapeSlice);
}

/**
 * Escapes one slice by itself, even if it cuts a character: read as Latin-1, every byte is a
 * character of its own, and JSON escapes none above 0x7f.
 */
function escapeSlice(slice: Buffer): Buffer {
  return Buffer.from(JSON.stringify(slice.toString('latin1')).slice(1, -1), 'latin1');
}
