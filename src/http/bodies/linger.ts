import type { IncomingMessage } from 'node:http';
import { BODY_TURNS, BodySource } from './body-source';

/** How long a client whose body is refused may go on sending, in milliseconds, while it has yet to read so. */
const LINGER_MS = 2000;

/**
 * Takes in what a client still sends, for a while: closing at once would reset the connection, and
 * with it the response that says why.
 */
export function linger(request: IncomingMessage): void {
  const source = new BodySource(request, request);
  destroyLater(request);
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

/** Takes in no more of what costs too much to take in. Its client may read why, if it does so at once. */
export function stopReading(request: IncomingMessage): void {
  new BodySource(request, request).hold();
  destroyLater(request);
}

function destroyLater(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => {
    if (request.complete) {
      clearTimeout(timer);
    }
  });
}
