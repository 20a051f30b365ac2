import type { IncomingMessage } from 'node:http';
import { BodySource } from './body-source';

/**
 * Discards what a client still sends of a rejected body. If none of it were read, the client would
 * stay busy sending and never read the response. `closeUnfinishedRequests` limits how long this
 * lasts.
 */
export function linger(request: IncomingMessage): void {
  const source = new BodySource(request, request);
  const discard = (): void => {
    source.spend();
  };
  request.on('data', discard);
  request.resume();
  source.join();
  request.once('close', () => {
    source.free();
    request.off('data', discard);
  });
}

/**
 * Stops reading a body that costs too much to read. The client still gets the response if it reads
 * at once.
 */
export function stopReading(request: IncomingMessage): void {
  new BodySource(request, request).hold();
}
