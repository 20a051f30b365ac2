import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Stops Node from sending `100 Continue` before the key was checked. The code that reads the body
 * sends it, see {@link inviteBody}.
 */
export function holdBackContinue(server: Server): void {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    server.emit('request', request, response);
  };
  server.on('checkContinue', serve);
  // Any other expectation is ignored. Node would respond with 417 and an empty body.
  server.on('checkExpectation', serve);
}

/**
 * Tells a client that waits for `100 Continue` (curl does, with more than a megabyte) to send its
 * body. In a pipeline it waits for the earlier responses: Node would otherwise queue the invitation
 * and put the head of the response before it. HTTP/1.0 clients get none, because they would take it
 * for the response (RFC 9110, 10.1.1).
 */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  const { headers, httpVersion } = request;
  if (headers.expect?.toLowerCase() !== '100-continue' || httpVersion === '1.0') {
    return;
  }
  if (response.socket !== null) {
    response.writeContinue();
    return;
  }
  response.once('socket', () => {
    if (!response.headersSent) {
      response.writeContinue();
    }
  });
}
