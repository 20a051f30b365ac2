import type { IncomingMessage } from 'node:http';
import { BODY_TURNS, BodySource } from './body-source';

/**
 * How long a client may continue to send a rejected body before it reads the response, in
 * milliseconds.
 */
const LINGER_MS = 2000;

/**
 * Discards what a client still sends, for a while. Closing at once would reset the connection, and
 * with it the response that explains why.
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

/**
 * Reads no more of a body that costs too much to read. Its client may read the response, if it does
 * so at once.
 */
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
