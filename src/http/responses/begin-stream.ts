import type { ServerResponse } from 'node:http';
import { yieldWhenSlow } from './slow-reader';
import { dropWhenStalled } from './stalled-reader';

/** Sends the head of a streamed response, each piece of which should reach the client at once. */
export function beginStream(response: ServerResponse, contentType: string): void {
  response.setHeader('Content-Type', contentType);
  response.setHeader('Cache-Control', 'no-cache');
  // Otherwise nginx holds back the pieces until its buffer is full.
  response.setHeader('X-Accel-Buffering', 'no');
  dropWhenStalled(response);
  yieldWhenSlow(response);
  // Instead of flushHeaders(), which sends the head as text in UTF-8: headers may have UTF-8 bytes.
  response.write(Buffer.alloc(0));
}
