import { TextDecoder } from 'node:util';
import { notUtf8 } from './body-text';
import { isUtf8 } from 'node:buffer';
import { parseHeader } from './header-parameters';
import { fieldName } from './multipart-form';

/** The header lines of a part as Dicer provides them: names in lower case, bytes as Latin-1. */
export type PartHeaderLines = Readonly<Partial<Record<string, readonly string[]>>>;

/** The metadata in a part's header. */
export interface PartHeader {
  readonly name: string;
  /** Without directories; `''` is what a browser sends if no file was chosen. */
  readonly filename?: string | undefined;
  readonly declaredType?: string | undefined;
  readonly charset?: string | undefined;
}

/** How to tell a form's files from its texts. */
export interface FileRules {
  /** Names, without array suffix, under which only files are expected. */
  readonly names: ReadonlySet<string>;
  /** Types, besides `application/octet-stream`, that only files have. */
  readonly types: RegExp;
}

/** Enough bytes to tell text from binary data. */
const HEAD_BYTES = 1024;

const SPACE = 0x20;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d]);

/** A character has at most four bytes in UTF-8, so up to three may be cut off at the end. */
const MAX_REMNANT_BYTES = 3;

/** The metadata in the lines; undefined if they are not the header of a form's part. */
export function readPartHeader(lines: PartHeaderLines): PartHeader | undefined {
  const disposition = parseHeader(fromLatin1(lines['content-disposition']?.[0] ?? ''));
  const name = disposition.parameters.get('name');
  if (disposition.value !== 'form-data' || name === undefined) {
    return undefined;
  }
  const type = parseHeader(lines['content-type']?.[0] ?? '');
  return {
    name,
    filename: filenameOf(disposition.parameters),
    declaredType: type.value === '' ? undefined : type.value,
    charset: type.parameters.get('charset'),
  };
}

/**
 * Whether the header alone makes a part a file or a text, or the content has to decide. Java
 * clients send files without a file name, .NET clients without a type, and a client that is given a
 * data URI instead of a file sends text under the name of a file.
 */
export function partKind(
  { name, filename, declaredType = '' }: PartHeader,
  { names, types }: FileRules,
): 'file' | 'text' | 'either' {
  if (
    filename !== undefined ||
    declaredType === 'application/octet-stream' ||
    types.test(declaredType)
  ) {
    return 'file';
  }
  return names.has(fieldName(name).base) ? 'either' : 'text';
}

/**
 * Whether the first kilobyte is text: UTF-8 without control characters. Binary formats have invalid
 * UTF-8 or zeros in their header.
 */
export function looksLikeText(slices: readonly Buffer[]): boolean {
  const head = firstBytes(slices, HEAD_BYTES);
  if (head.some((byte) => byte < SPACE && !WHITE_SPACE.has(byte))) {
    return false;
  }
  return [...Array(MAX_REMNANT_BYTES + 1).keys()].some((missing) =>
    isUtf8(head.subarray(0, Math.max(head.length - missing, 0))),
  );
}

/** The first bytes, at most this many. */
export function firstBytes(slices: readonly Buffer[], bytes: number): Buffer {
  const head: Buffer[] = [];
  let wanted = bytes;
  for (const slice of slices) {
    if (wanted === 0) {
      break;
    }
    const piece = slice.subarray(0, wanted);
    head.push(piece);
    wanted -= piece.length;
  }
  return Buffer.concat(head);
}

/**
 * Decodes the text of a field, as UTF-8 if its part names no charset or an unknown one.
 *
 * @throws GatewayError `invalid_request` for bytes that are invalid in that charset
 */
export function decodeText(bytes: Buffer, charset = 'utf-8'): string {
  try {
    return decoderOf(charset).decode(bytes);
  } catch {
    throw notUtf8();
  }
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return new TextDecoder('utf-8', { fatal: true });
  }
}

/**
 * .NET sends the name twice, plain and encoded (`filename*=utf-8''…`); the encoded one is exact.
 */
function filenameOf(parameters: ReadonlyMap<string, string>): string | undefined {
  const path = decodedFilename(parameters.get('filename*')) ?? parameters.get('filename');
  return path?.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function decodedFilename(extended: string | undefined): string | undefined {
  const [, encoded] = /^utf-8'[^']*'(.*)$/is.exec(extended ?? '') ?? [];
  try {
    return encoded === undefined ? extended : decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
