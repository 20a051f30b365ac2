import { streamedResponses, wholeResponse } from './generate-content';
import type { Generation } from './generate-content';
import { jsonPieces } from './json-bytes';
import type { JsonStyle } from './json-bytes';
import type { Wishes } from './reply';
import type { Studio } from './studio';

/** The body piece by piece. Nothing comes before the first image that can fail has been drawn. */
export async function* bodyPieces(
  wishes: Wishes,
  style: JsonStyle,
  generation: Generation,
  studio: Studio,
): AsyncGenerator<Buffer> {
  if (wishes.form === 'document') {
    yield* jsonPieces(await wholeResponse(generation, studio), style);
    return;
  }
  let first = true;
  for await (const { response } of streamedResponses(generation, studio)) {
    yield* eventPieces(response, wishes, style, first);
    first = false;
  }
  if (wishes.form === 'array') {
    yield Buffer.from(']');
  }
}

/** One event of a stream: a line of data, or, without `alt=sse`, an item of the array. */
export function* eventPieces(
  response: object,
  wishes: Wishes,
  style: JsonStyle,
  first: boolean,
): Generator<Buffer> {
  if (wishes.form === 'sse') {
    yield Buffer.from('data: ');
    yield* jsonPieces(response, { ...style, pretty: false });
    yield Buffer.from('\r\n\r\n');
  } else {
    yield Buffer.from(first ? '[' : ',\r\n');
    yield* jsonPieces(response, style);
  }
}

/** The body at once, for faults that have to know its length. */
export async function wholeBody(
  wishes: Wishes,
  style: JsonStyle,
  generation: Generation,
  studio: Studio,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of bodyPieces(wishes, style, generation, studio)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
