import { bodyPieces, wholeBody } from './response-body';
import { UnreadableImage } from './drawing/input-pixels';
import { wholeResponse } from './generate-content';
import type { Generation } from './generate-content';
import { invalidArgument } from './google-error';
import { imagesBefore, sendInterrupted } from './interrupted-stream';
import { jsonDocument } from './json-bytes';
import { refuse } from './open-call';
import type { OpenCall } from './open-call';
import { contentType, sendCut, sendDocument, writeChunk, writeHead } from './reply';
import type { Renderer } from './renderer';

const GARBAGE = Buffer.from(
  '<!DOCTYPE html>\n<html lang=en>\n  <title>Error 502 (Server Error)!!1</title>\n  <p><b>502.</b> <ins>That’s an error.</ins>\n</html>\n',
);

const UNREADABLE =
  'Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting';

/** Draws and sends the response to an accepted call, in the requested form and with its fault. */
export async function sendGeneration(
  open: OpenCall,
  generation: Generation,
  renderer: Renderer,
): Promise<void> {
  try {
    await send(open, generation, renderer);
  } catch (error) {
    if (!(error instanceof UnreadableImage)) {
      throw error;
    }
    await refuse(open, invalidArgument(UNREADABLE));
  }
}

async function send(open: OpenCall, generation: Generation, renderer: Renderer): Promise<void> {
  const { incoming, response, call, record } = open;
  const { options } = call;
  const { fault } = generation;
  const style = { pretty: options.pretty, escapeBase64: fault?.kind === 'escaped_base64' };
  const limit = imagesBefore(fault);
  if (limit !== undefined) {
    return sendInterrupted(open, generation, renderer, limit);
  }
  switch (fault?.kind) {
    case 'garbage':
      record.finished(200);
      writeHead(response, 200, 'text/html; charset=UTF-8', GARBAGE.length);
      response.end(GARBAGE);
      return;
    case 'cut':
    case 'truncate': {
      const body = await wholeBody(options, style, generation, renderer);
      if (fault.kind === 'cut') {
        record.finished(null);
        sendCut(incoming, response, contentType(options), body, fault.afterBytes ?? 0);
        return;
      }
      record.finished(200);
      const uncompressed = { ...options, gzip: false };
      return sendDocument(response, uncompressed, body.subarray(0, fault.afterBytes));
    }
    default:
  }
  if (options.form === 'document' && fault?.kind !== 'oversize') {
    const body = await jsonDocument(await wholeResponse(generation, renderer), style);
    record.finished(200);
    return sendDocument(response, options, body);
  }
  for await (const piece of bodyPieces(options, style, generation, renderer)) {
    if (!response.headersSent) {
      writeHead(response, 200, contentType(options));
    }
    await writeChunk(response, piece);
  }
  record.finished(200);
  response.end();
}
