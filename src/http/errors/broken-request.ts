import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the other end has to read why, in milliseconds. */
const CLOSE_MS = 2000;

/**
 * Answers what Node cannot even parse as HTTP with an OpenAI error object, as everything else:
 * Node's own answer has no body.
 */
export function respondToBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, message] =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The headers of your request are too large.']
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? ['408 Request Timeout', 'Your request did not arrive in time.']
          : ['400 Bad Request', 'Your request is not valid HTTP.'];
    const body = JSON.stringify({
      error: { message, type: 'invalid_request_error', param: null, code: null },
    });
    // Whoever does not close the connection would keep what is held for it.
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `X-Request-Id: req_${randomUUID().replaceAll('-', '')}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
