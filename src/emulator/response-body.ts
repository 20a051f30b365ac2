import { streamedResponses, wholeResponse } from './generate-content';
import type { Generation } from './generate-content';
import { jsonPieces } from './json-bytes';
import type { JsonStyle } from './json-bytes';
import type { ResponseOptions } from './reply';
import type { Renderer } from './renderer';

/**
 * The body piece by piece. Nothing is yielded before the first image that can fail has been drawn.
 */
export async function* bodyPieces(
  options: ResponseOptions,
  style: JsonStyle,
  generation: Generation,
  renderer: Renderer,
): AsyncGenerator<Buffer> {
  if (options.form === 'document') {
    yield* jsonPieces(await wholeResponse(generation, renderer), style);
    return;
  }
  let first = true;
  for await (const { response } of streamedResponses(generation, renderer)) {
    yield* eventPieces(response, options, style, first);
    first = false;
  }
  if (options.form === 'array') {
    yield Buffer.from(']');
  }
}

/** One event of a stream: a line of data, or, without `alt=sse`, an item of the array. */
export function* eventPieces(
  response: object,
  options: ResponseOptions,
  style: JsonStyle,
  first: boolean,
): Generator<Buffer> {
  if (options.form === 'sse') {
    yield Buffer.from('data: ');
    yield* jsonPieces(response, { ...style, pretty: false });
    yield Buffer.from('\r\n\r\n');
  } else {
    yield Buffer.from(first ? '[' : ',\r\n');
    yield* jsonPieces(response, style);
  }
}

/** The complete body, for faults that need its length. */
export async function wholeBody(
  options: ResponseOptions,
  style: JsonStyle,
  generation: Generation,
  renderer: Renderer,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of bodyPieces(options, style, generation, renderer)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
