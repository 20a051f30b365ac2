import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { RequestContext } from '../src/context/request-context';
import { requestContexts } from './request-contexts';

/** A request that has come in and is open: for what works on a request without responding. */
export interface OpenRequest {
  readonly context: RequestContext;
  readonly response: ServerResponse;
  /** Has the client leave; resolves once the request is closed. */
  readonly leave: () => Promise<void>;
  readonly close: () => void;
}

/** @param contexts those that the request is to be one of */
export async function openRequest(
  headers: Readonly<Record<string, string>> = {},
  contexts = requestContexts(),
): Promise<OpenRequest> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(['POST / HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n'));
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const context = contexts.open(response);
  return {
    context,
    response,
    leave: () => {
      socket.destroy();
      return new Promise((resolve) => context.onClosed(resolve));
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
