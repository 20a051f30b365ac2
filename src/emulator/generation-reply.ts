import { UnreadableImage } from './drawing/input-pixels';
import { streamedResponses, wholeResponse } from './generate-content';
import type { Generation } from './generate-content';
import { invalidArgument } from './google-error';
import { jsonBytes, jsonPieces } from './json-bytes';
import type { JsonStyle } from './json-bytes';
import { refuse } from './open-call';
import type { OpenCall } from './open-call';
import { contentType, sendCut, sendDocument, writeChunk, writeHead } from './reply';
import type { Wishes } from './reply';
import type { Studio } from './studio';

const GARBAGE = Buffer.from(
  '<!DOCTYPE html>\n<html lang=en>\n  <title>Error 502 (Server Error)!!1</title>\n  <p><b>502.</b> <ins>That’s an error.</ins>\n</html>\n',
);

const UNREADABLE =
  'Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting';

/** Draws and sends the answer to an accepted call, in the form it wants and with its fault. */
export async function sendGeneration(
  open: OpenCall,
  generation: Generation,
  studio: Studio,
): Promise<void> {
  try {
    await send(open, generation, studio);
  } catch (error) {
    if (!(error instanceof UnreadableImage)) {
      throw error;
    }
    await refuse(open, invalidArgument(UNREADABLE));
  }
}

async function send(open: OpenCall, generation: Generation, studio: Studio): Promise<void> {
  const { incoming, response, call, record } = open;
  const { wishes } = call;
  const { fault } = generation;
  const style = { pretty: wishes.pretty, escapeBase64: fault?.kind === 'escaped_base64' };
  switch (fault?.kind) {
    case 'garbage':
      record.finished(200);
      writeHead(response, 200, 'text/html; charset=UTF-8', GARBAGE.length);
      response.end(GARBAGE);
      return;
    case 'cut':
    case 'truncate': {
      const body = await wholeBody(wishes, style, generation, studio);
      if (fault.kind === 'cut') {
        record.finished(null);
        sendCut(incoming, response, contentType(wishes), body, fault.afterBytes ?? 0);
        return;
      }
      record.finished(200);
      const uncompressed = { ...wishes, gzip: false };
      return sendDocument(response, uncompressed, body.subarray(0, fault.afterBytes));
    }
    default:
  }
  if (wishes.form === 'document' && fault?.kind !== 'oversize') {
    const body = jsonBytes(await wholeResponse(generation, studio), style);
    record.finished(200);
    return sendDocument(response, wishes, body);
  }
  for await (const chunk of bodyChunks(wishes, style, generation, studio)) {
    if (!response.headersSent) {
      writeHead(response, 200, contentType(wishes));
    }
    await writeChunk(response, chunk);
  }
  record.finished(200);
  response.end();
}

/** The body piece by piece. Nothing comes before the first image that can fail has been drawn. */
async function* bodyChunks(
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
  for await (const event of streamedResponses(generation, studio)) {
    if (wishes.form === 'sse') {
      yield Buffer.from('data: ');
      yield* jsonPieces(event, { ...style, pretty: false });
      yield Buffer.from('\r\n\r\n');
    } else {
      yield Buffer.from(first ? '[' : ',\r\n');
      yield* jsonPieces(event, style);
    }
    first = false;
  }
  if (wishes.form === 'array') {
    yield Buffer.from(']');
  }
}

async function wholeBody(
  wishes: Wishes,
  style: JsonStyle,
  generation: Generation,
  studio: Studio,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(wishes, style, generation, studio)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
