import type { IncomingMessage } from 'node:http';
import { BODY_TURNS, BodySource } from './body-source';

/**
 * Takes in what a client still sends of a body that is refused: if nothing of it were read, the client would be busy
 * with sending, and never read why. How long that may go on is up to `closeUnfinishedRequests`.
 */
export function linger(request: IncomingMessage): void {
  const source = new BodySource(request, request);
  const discard = (): void => {
    source.spend();
  };
  request.on('data', discard);
  request.resume();
  BODY_TURNS.join(source);
  request.once('close', () => {
    source.free();
    BODY_TURNS.leave(source);
    request.off('data', discard);
  });
}

/**
 * Reads no more of a body that costs too much to read. Its client may read the response, if it does
 * so at once.
 */
export function stopReading(request: IncomingMessage): void {
  new BodySource(request, request).hold();
}
