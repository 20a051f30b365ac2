import { isAscii } from 'node:buffer';
import type { JsonBlob } from './json-blob';
import { jsonFaultIndex } from './json-fault';

/** A place in a document, as editors count: lines and characters from 1. */
export interface JsonPosition {
  /** What is there: something that cannot stand there, a string that is at fault inside, or a text's early end. */
  readonly what: 'token' | 'string' | 'end';
  readonly line: number;
  /** Absent where a long string before it is not ASCII: how many characters that has was not counted. */
  readonly column?: number;
}

/** What a reader has made of a document so far. */
export interface ReadSoFar {
  /** The document, with a token in the place of each long string. */
  readonly skeleton: string;
  /** Whether it ends in the quote that opens a string which was not read to its end. */
  readonly isInString: boolean;
  /** What each token begins with; its number follows. */
  readonly nonce: string;
  /** By the number of its token. */
  readonly longStrings: readonly LongString[];
}

export interface LongString {
  readonly blob: JsonBlob;
  /** How long it is as written, between its quotes. */
  readonly writtenBytes: number;
}

/** Where a document stops being JSON; undefined where it does not, as far as can be told here. */
export function faultPosition(read: ReadSoFar): JsonPosition | undefined {
  const { skeleton, isInString } = read;
  const index = isInString ? skeleton.length - 1 : jsonFaultIndex(skeleton);
  if (index === undefined) {
    return undefined;
  }
  const before = skeleton.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const columnsBefore = charactersOf(before.slice(lineStart), read);
  const what = isInString ? 'string' : index === skeleton.length ? 'end' : 'token';
  return { what, line, ...(columnsBefore === undefined ? {} : { column: columnsBefore + 1 }) };
}

/** How many characters a piece of the document has; a long string has no line break in it. */
function charactersOf(piece: string, { nonce, longStrings }: ReadSoFar): number | undefined {
  const [start = '', ...rest] = piece.split(`${nonce}:`);
  let characters = Array.from(start).length;
  for (const tail of rest) {
    const number = /^\d*/.exec(tail)?.[0] ?? '';
    const long = longStrings[Number(number)];
    if (long === undefined || !long.blob.chunks.every((chunk) => isAscii(chunk))) {
      return undefined;
    }
    characters += long.writtenBytes + Array.from(tail.slice(number.length)).length;
  }
  return characters;
}
