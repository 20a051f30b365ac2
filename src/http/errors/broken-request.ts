import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { knownContextOf } from '../../context/request-contexts';
import { brokenRequestBody, type ErrorDialect } from '../../errors/error-response';

/** How long the client has to read the response, in milliseconds. */
const CLOSE_MS = 2000;

const EXCHANGES = Symbol('easel.exchanges');

/** The requests of a connection. */
interface Exchanges {
  /** The responses that have not ended, oldest first. */
  readonly open: ServerResponse[];
  latest: ServerResponse | undefined;
}

/** Not in a WeakMap by socket: see decision 28. */
interface WithExchanges extends Duplex {
  [EXCHANGES]?: Exchanges;
}

/**
 * Responds with an error object to what Node cannot parse as HTTP; Node's own response has no body.
 * The object is OpenAI's, unless the broken request is known to use another API.
 *
 * Nothing is ever written into a response that has begun. Garbage, or another request, after a
 * request that is still being served ends the connection once that request has its response.
 */
export function respondToBrokenRequests(server: Server): void {
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const exchanges = exchangesOf(socket);
    exchanges.open.push(response);
    exchanges.latest = response;
    response.once('close', () => {
      exchanges.open.splice(exchanges.open.indexOf(response), 1);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const { open, latest } = exchangesOf(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
    } else if (latest?.req.complete === false) {
      endBrokenBody(latest, open, socket, error);
    } else if (open.length > 0) {
      endAfter(open, socket);
    } else {
      endWithError(socket, ...statusAndMessage(error));
    }
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    const { open } = exchangesOf(socket);
    takeOver(socket, open);
    if (open.length > 0) {
      endAfter(open, socket);
    } else {
      endWithError(
        socket,
        '405 Method Not Allowed',
        'CONNECT is not supported: this gateway is not a proxy. Call its routes directly.',
      );
    }
  });
}

function exchangesOf(socket: WithExchanges): Exchanges {
  socket[EXCHANGES] ??= { open: [], latest: undefined };
  return socket[EXCHANGES];
}

/**
 * Replaces Node's own listeners, which it removes from the socket of a CONNECT. Without an error
 * listener, a client that resets the connection would end the process; the others let earlier
 * responses finish.
 */
function takeOver(socket: Duplex, open: readonly ServerResponse[]): void {
  const destroy = (): void => {
    socket.destroy();
  };
  socket.on('error', destroy).on('end', destroy).on('timeout', destroy);
  socket.on('drain', () => {
    for (const response of [...open]) {
      response.emit('drain');
    }
  });
  // The rest is discarded, but a disconnect is only noticed on a socket that is being read. Node's
  // own `resume` listener has been removed too, so a paused socket would not be read again. An
  // empty push completes the read that Node considers pending.
  socket.push('');
  socket.resume();
}

/**
 * The body of the latest request is broken. The error is its response, sent after the earlier ones.
 * If it already has a response, because its body was not needed, it gets no other.
 */
function endBrokenBody(
  latest: ServerResponse,
  open: readonly ServerResponse[],
  socket: Duplex,
  error: NodeJS.ErrnoException,
): void {
  if (latest.headersSent) {
    if (open.length > 0) {
      endAfter(open, socket);
    } else {
      endSoon(socket);
    }
    return;
  }
  const [next] = open;
  if (next === undefined || next === latest) {
    endWithError(socket, ...statusAndMessage(error), knownContextOf(latest)?.errorDialect);
    return;
  }
  next.once('close', () => {
    endBrokenBody(latest, open, socket, error);
  });
}

function statusAndMessage({
  code,
}: NodeJS.ErrnoException): readonly [status: string, message: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', 'The headers of your request are too large.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'Your request did not arrive in time.'];
    default:
      return ['400 Bad Request', 'Your request is not valid HTTP.'];
  }
}

/** Ends the connection once all parsed requests have their responses. */
function endAfter(open: readonly ServerResponse[], socket: Duplex): void {
  for (const response of open) {
    response.once('close', () => {
      if (open.length === 0) {
        socket.end(() => {
          destroySoon(socket);
        });
      }
    });
  }
}

/**
 * A client that keeps its end open would hold the connection's memory, and delay the process's
 * exit.
 */
function destroySoon(socket: Duplex): void {
  setTimeout(() => socket.destroy(), CLOSE_MS).unref();
}

/** Sends a final message and ends the connection. */
function endSoon(socket: Duplex, words = ''): void {
  destroySoon(socket);
  if (socket.writable) {
    socket.end(words);
  }
}

function endWithError(
  socket: Duplex,
  status: string,
  message: string,
  dialect: ErrorDialect = 'openai',
): void {
  const body = JSON.stringify(brokenRequestBody(dialect, Number.parseInt(status, 10), message));
  endSoon(
    socket,
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `X-Request-Id: req_${randomUUID().replaceAll('-', '')}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
