import type { LinkedFile } from '../context/response-recorder';
import { JsonBlob } from '../json/json-blob';

/** JSON with pieces of images, and placeholders for URLs, in place of their texts. */
export type KeptValue =
  | string
  | number
  | boolean
  | null
  | readonly KeptValue[]
  | { readonly [name: string]: KeptValue }
  | KeptText;

/** A text made of pieces. No response of Easel has a member of that name. */
interface KeptText {
  readonly $pieces: readonly KeptPiece[];
}

/** A text, an image in base64 by its number, or the URL of a file. */
type KeptPiece = string | { readonly image: number } | LinkedFile;

/** A response as a value, fully rendered except for its images. */
export interface KeptResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Of a complete response. */
  readonly body?: KeptValue;
  /** Of a stream. */
  readonly events?: readonly KeptEvent[];
  /** The line that ends the stream, if there is one. */
  readonly lastData?: string;
}

export interface KeptEvent {
  readonly name?: string;
  readonly data: KeptValue;
}

/** Provides the values for the pieces when a response is written again. */
export interface Restorer {
  readonly image: (index: number) => JsonBlob;
  readonly url: (linked: LinkedFile) => string;
}

/**
 * The images of a response, recognised by their bytes: a data URI and a markdown image share the
 * slices of their image.
 */
export class KnownImages {
  private readonly found: { readonly data: JsonBlob; readonly mimeType: string }[] = [];
  private readonly byFirstSlice = new Map<Buffer, number>();

  add(data: JsonBlob, mimeType: string): void {
    const [first] = data.chunks;
    if (first !== undefined && !this.byFirstSlice.has(first)) {
      this.byFirstSlice.set(first, this.found.length);
      this.found.push({ data, mimeType });
    }
  }

  get list(): readonly { readonly data: JsonBlob; readonly mimeType: string }[] {
    return this.found;
  }

  /** The image that begins with this slice, by number, and how many slices it has. */
  at(slice: Buffer): { readonly image: number; readonly slices: number } | undefined {
    const image = this.byFirstSlice.get(slice);
    const data = image === undefined ? undefined : this.found[image]?.data;
    return image === undefined || data === undefined
      ? undefined
      : { image, slices: data.chunks.length };
  }
}

/**
 * @param value plain data with JsonBlobs
 * @param urls the URLs made for this response, with their files
 */
export function keptValue(
  value: unknown,
  images: KnownImages,
  urls: ReadonlyMap<string, LinkedFile>,
): KeptValue {
  if (value instanceof JsonBlob) {
    return piecesOrText(value.parts.flatMap(({ chunks }) => piecesOfChunks(chunks, images, urls)));
  }
  if (typeof value === 'string') {
    return piecesOrText(piecesOfText(value, urls));
  }
  if (Array.isArray(value)) {
    return value.map((item) => keptValue(item, images, urls));
  }
  if (typeof value !== 'object' || value === null) {
    return value as KeptValue;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, keptValue(member, images, urls)]),
  );
}

/** The original value, with JsonBlobs, to be serialised again. */
export function restoredValue(value: KeptValue, restorer: Restorer): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return (value as readonly KeptValue[]).map((item) => restoredValue(item, restorer));
  }
  if (isText(value)) {
    return restoredText(value, restorer);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, restoredValue(member, restorer)]),
  );
}

/** The files whose URLs appear in a value. */
export function filesIn(value: KeptValue | undefined): readonly LinkedFile[] {
  return pieces(value).flatMap((piece) =>
    typeof piece === 'object' && 'file' in piece ? [piece] : [],
  );
}

/** The images that appear in a value, by number. */
export function imagesIn(value: KeptValue | undefined): readonly number[] {
  return pieces(value).flatMap((piece) =>
    typeof piece === 'object' && 'image' in piece ? [piece.image] : [],
  );
}

function pieces(value: KeptValue | undefined): readonly KeptPiece[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return isText(value) ? value.$pieces : Object.values(value).flatMap(pieces);
}

function isText(value: object): value is KeptText {
  return '$pieces' in value;
}

function piecesOfChunks(
  chunks: readonly Buffer[],
  images: KnownImages,
  urls: ReadonlyMap<string, LinkedFile>,
): readonly KeptPiece[] {
  const found: KeptPiece[] = [];
  let text: Buffer[] = [];
  const endText = (): void => {
    if (text.length > 0) {
      found.push(...piecesOfText(Buffer.concat(text).toString('utf8'), urls));
      text = [];
    }
  };
  for (let at = 0; at < chunks.length;) {
    const chunk = chunks[at];
    const known = chunk && images.at(chunk);
    if (known !== undefined) {
      endText();
      found.push({ image: known.image });
    } else if (chunk !== undefined) {
      text.push(chunk);
    }
    at += known?.slices ?? 1;
  }
  endText();
  return found;
}

function piecesOfText(text: string, urls: ReadonlyMap<string, LinkedFile>): readonly KeptPiece[] {
  for (const [url, linked] of urls) {
    const at = text.indexOf(url);
    if (at >= 0) {
      return [
        ...piecesOfText(text.slice(0, at), urls),
        linked,
        ...piecesOfText(text.slice(at + url.length), urls),
      ];
    }
  }
  return text === '' ? [] : [text];
}

function piecesOrText($pieces: readonly KeptPiece[]): KeptValue {
  return $pieces.every((piece) => typeof piece === 'string') ? $pieces.join('') : { $pieces };
}

function restoredText({ $pieces }: KeptText, { image, url }: Restorer): string | JsonBlob {
  const parts = $pieces.map((piece) =>
    typeof piece === 'string' ? piece : 'file' in piece ? url(piece) : image(piece.image),
  );
  return parts.every((part) => typeof part === 'string')
    ? parts.join('')
    : JsonBlob.join(
        parts.map((part) => (typeof part === 'string' ? JsonBlob.from(Buffer.from(part)) : part)),
      );
}
