import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

/** Bytes that a JSON document contains as a base64 string. */
export class Base64 {
  /** @param filler base64 characters to append, a multiple of four: they decode to zero bytes */
  constructor(
    readonly bytes: Buffer,
    readonly filler = 0,
  ) {}
}

export interface JsonStyle {
  /** Two spaces and line breaks, as Google prints by default. */
  readonly pretty: boolean;
  /** Valid but unusual: `=` as `\u003d` and `/` as `\/` in base64. */
  readonly escapeBase64?: boolean;
}

/**
 * The number of bytes encoded at once, a multiple of three so that no padding occurs in the middle.
 */
const SLICE = 3 * 128 * 1024;
const FILLER = Buffer.alloc(1024 * 1024, 'A');

/**
 * JSON text as pieces of bytes, never joined into one string: an image of some megabytes would
 * otherwise be copied again for the document around it.
 */
export function* jsonPieces(value: unknown, style: JsonStyle): Generator<Buffer> {
  const blobs: Base64[] = [];
  const mark = `@${randomUUID()}@`;
  const hold = (_: string, member: unknown): unknown => {
    if (!(member instanceof Base64)) {
      return member;
    }
    blobs.push(member);
    return mark;
  };
  const skeleton = JSON.stringify(value, hold, style.pretty ? 2 : undefined);
  for (const [index, text] of skeleton.split(mark).entries()) {
    const blob = blobs[index - 1];
    if (blob !== undefined) {
      yield* base64Pieces(blob, style);
    }
    yield Buffer.from(text);
  }
  if (style.pretty) {
    yield Buffer.from('\n');
  }
}

/** The complete document; images are encoded in steps that yield to the event loop. */
export async function jsonDocument(value: unknown, style: JsonStyle): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of jsonPieces(value, style)) {
    pieces.push(piece);
    await turn();
  }
  return Buffer.concat(pieces);
}

/** A small document, at once. */
export function jsonBytes(value: unknown, style: JsonStyle): Buffer {
  return Buffer.concat([...jsonPieces(value, style)]);
}

function* base64Pieces({ bytes, filler }: Base64, style: JsonStyle): Generator<Buffer> {
  // Padding in the middle would end the data there: an image with filler is first rounded up to a
  // multiple of three.
  const whole =
    filler === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc((3 - (bytes.length % 3)) % 3)]);
  for (let from = 0; from < whole.length; from += SLICE) {
    const base64 = whole.toString('base64', from, from + SLICE);
    yield Buffer.from(
      style.escapeBase64 === true
        ? base64.replaceAll('=', '\\u003d').replaceAll('/', '\\/')
        : base64,
      'latin1',
    );
  }
  for (let left = filler - (filler % 4); left > 0; left -= FILLER.length) {
    yield FILLER.subarray(0, Math.min(left, FILLER.length));
  }
}
