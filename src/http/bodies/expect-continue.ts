import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Stops Node from inviting a body (`100 Continue`) before the key was checked: the code that reads
 * the body sends it, see {@link inviteBody}.
 */
export function holdBackContinue(server: Server): void {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    server.emit('request', request, response);
  };
  server.on('checkContinue', serve);
  // Any other expectation is ignored: Node would respond with 417 and no body.
  server.on('checkExpectation', serve);
}

/**
 * Invites the body of a client that waits for it (curl does, above a megabyte). If another response
 * comes first, this waits for it: Node would delay the invitation and write the response's head
 * before it.
 */
export function inviteBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() !== '100-continue') {
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
