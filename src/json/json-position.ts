import { isAscii } from 'node:buffer';
import type { JsonBlob } from './json-blob';
import { jsonFaultIndex } from './json-fault';

/** A position in a document, as editors count: lines and characters from 1. */
export interface JsonPosition {
  /**
   * What is wrong there: an unexpected token, a string with a fault inside, or an early end of the
   * text.
   */
  readonly what: 'token' | 'string' | 'end';
  readonly line: number;
  /** Absent if a long string before it is not ASCII, because its characters were not counted. */
  readonly column?: number;
}

/** What a reader has read of a document so far. */
export interface ReadSoFar {
  /** The document, with a token in place of each long string. */
  readonly skeleton: string;
  /** Whether it ends with the opening quote of a string that was not read to its end. */
  readonly isInString: boolean;
  /** The prefix of each token; its number follows. */
  readonly nonce: string;
  /** By the number of its token. */
  readonly longStrings: readonly LongString[];
}

export interface LongString {
  readonly blob: JsonBlob;
  /** Its length as written between the quotes. */
  readonly writtenBytes: number;
}

/** The position at which a document stops being valid JSON; undefined if none is found. */
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

/** The number of characters in a piece of the document; a long string contains no line break. */
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
