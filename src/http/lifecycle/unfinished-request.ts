import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** How long a client may keep sending a request after its response was sent, in milliseconds. */
const LINGER_MS = 2000;

/**
 * Closes the connection of a client that keeps sending a request after its response was sent: the
 * key is missing, the route does not exist, or the body is not needed. Node would read the rest for
 * five minutes.
 *
 * Not at once, because that resets the connection and destroys the response that explains why. And
 * not before the response has been sent: in a pipeline, earlier responses are still being
 * generated, and paid for.
 */
export function closeUnfinishedRequests(server: Server): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.once('close', () => {
      if (!request.complete) {
        closeLater(request);
      }
    });
  });
}

function closeLater(request: IncomingMessage): void {
  setTimeout(() => {
    if (!request.complete) {
      request.socket.destroy();
    }
  }, LINGER_MS).unref();
}
