import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** How long a client may go on sending a request whose response is out, in milliseconds. */
const LINGER_MS = 2000;

/**
 * Closes the connection of a client that goes on sending a request whose response is out: it has no key, there is no
 * such route, or nobody wants its body. Node would take in the rest for five minutes.
 *
 * Not at once, since that would reset the connection, and with it the response that says why. And not before the
 * response has had its turn: in a pipeline, those before it are still being made, and paid for.
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
