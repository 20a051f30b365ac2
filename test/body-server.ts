import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { GatewayError } from '../src/errors/gateway-error';
import { holdBackContinue } from '../src/http/bodies/expect-continue';
import { closeUnfinishedRequests } from '../src/http/lifecycle/unfinished-request';
import { openAiError } from '../src/errors/openai-error';
import type { MemoryBudget } from '../src/memory/memory-budget';
import { requestContexts } from './request-contexts';

interface Reply {
  readonly status: number;
  readonly message: string | undefined;
}

/** A server with nothing before the reading of bodies, and a client that sends any bytes. */
export interface BodyServer {
  /** Sends the pieces one after the other, each in a packet of its own, and waits for the response. */
  send(headers: readonly string[], ...pieces: readonly (string | Buffer)[]): Promise<Reply>;
  /** A connection on which a request has begun. */
  begin(headers: readonly string[]): Promise<Socket>;
  /** What the reading has ended in, one entry for each request. */
  readonly results: readonly unknown[];
  close(): void;
}

/** Responds with 200 to what `read` reads, and as Easel does to a GatewayError. */
export async function serveBodies(
  read: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
  budget?: MemoryBudget,
): Promise<BodyServer> {
  const results: unknown[] = [];
  const contexts = requestContexts(budget);
  const server = createServer((request, response) => {
    contexts.open(response);
    read(request, response).then(
      (value) => {
        results.push(value);
        response.end('{}');
      },
      (error: unknown) => {
        results.push(error);
        const fault = error instanceof GatewayError ? error.fault : ({ kind: 'internal' } as const);
        const { status, body } = openAiError(fault, '');
        response.statusCode = status;
        response.end(JSON.stringify(body));
      },
    );
  });
  holdBackContinue(server);
  closeUnfinishedRequests(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const begin = async (headers: readonly string[]): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(['POST / HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n'));
    return socket;
  };
  return {
    results,
    begin,
    send: async (headers, ...pieces) => {
      const socket = await begin(headers);
      const response = respondOn(socket);
      for (const piece of pieces) {
        await new Promise((resolve) => socket.write(piece, resolve));
      }
      const reply = replyOf(await response);
      socket.destroy();
      return reply;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** All that comes up to the end of a response; a connection that is closed may lose the response. */
function respondOn(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.endsWith('}')) {
        resolve(text);
      }
    });
    socket.on('close', () => {
      resolve(text);
    });
  });
}

/** The last response on the connection: `100 Continue` may come before it. */
function replyOf(text: string): Reply {
  const [head = '', body = ''] = text.slice(text.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n');
  const { error } = JSON.parse(body) as { readonly error?: { readonly message: string } };
  return { status: Number(head.split(' ')[1]), message: error?.message };
}
