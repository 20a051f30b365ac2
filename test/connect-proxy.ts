import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy that supports only CONNECT, and records the targets. */
export interface ConnectProxy {
  readonly url: URL;
  readonly asked: readonly { readonly target: string; readonly credential: string | undefined }[];
  /** The connections to it. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/**
 * @param options.leadsTo the port on this machine where all tunnels end, whatever their targets
 * @param options.response what it says, instead of making a tunnel
 */
export async function startConnectProxy(options: {
  readonly leadsTo: number;
  readonly response?: string;
}): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'][number][] = [];
  const sockets: Socket[] = [];
  const server = createServer();
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    asked.push({
      target: String(request.url),
      credential: request.headers['proxy-authorization'],
    });
    client.on('error', () => undefined);
    if (options.response !== undefined) {
      client.end(options.response);
      return;
    }
    const upstream = connect(options.leadsTo, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    asked,
    sockets,
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
