import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventPieces } from './response-body';
import type { DecisiveFault } from './fault';
import { streamedResponses } from './generate-content';
import type { Generation } from './generate-content';
import { silence } from './open-call';
import type { OpenCall } from './open-call';
import { contentType, writeChunk, writeHead } from './reply';
import type { Renderer } from './renderer';

/** After how many images a fault ends a stream; undefined if it does not. */
export function imagesBefore(fault: DecisiveFault | undefined): number | undefined {
  switch (fault?.kind) {
    case 'cut':
      return fault.afterImages;
    case 'stall':
      return fault.afterImages ?? 1;
    default:
      return undefined;
  }
}

/**
 * Sends a stream up to and including its `limit`th image, but never its last event, and then resets
 * the connection or stalls. A non-streaming response is complete or nothing, so nothing of it is
 * sent.
 * @throws {UnreadableImage} before the headers, if an input image cannot be decoded
 */
export async function sendInterrupted(
  open: OpenCall,
  generation: Generation,
  renderer: Renderer,
  limit: number,
): Promise<void> {
  const { incoming, response, call, record } = open;
  if (call.options.form !== 'document') {
    for await (const piece of piecesBefore(open, generation, renderer, limit)) {
      startStream(open);
      await writeChunk(response, piece);
    }
    startStream(open);
  }
  if (generation.fault?.kind === 'stall') {
    return silence(response, [generation.signal, generation.released]);
  }
  record.finished(null);
  // Node holds chunked writes back to the end of the tick, and Node 24.22.3 drops them if the
  // socket ends before.
  await nextTurn();
  incoming.socket.destroySoon();
}

function startStream({ response, call }: OpenCall): void {
  if (!response.headersSent) {
    writeHead(response, 200, contentType(call.options));
    response.flushHeaders();
  }
}

async function* piecesBefore(
  { call }: OpenCall,
  generation: Generation,
  renderer: Renderer,
  limit: number,
): AsyncGenerator<Buffer> {
  if (limit === 0) {
    return;
  }
  const style = { pretty: call.options.pretty };
  let first = true;
  for await (const { response, images, last } of streamedResponses(generation, renderer)) {
    if (last) {
      return;
    }
    yield* eventPieces(response, call.options, style, first);
    first = false;
    if (images >= limit) {
      return;
    }
  }
}
