import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './localhost-certificate';

/** A request that has come whole. */
export interface RawCall {
  readonly socket: Socket;
  /** The request line and the headers. */
  readonly head: string;
  readonly body: Buffer;
  /** The connection's number, from 1. */
  readonly connection: number;
  /** The request's number on its connection, from 1. */
  readonly request: number;
}

/** An upstream that says what the test wants, byte for byte. */
export interface RawUpstream {
  readonly url: URL;
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

interface RawOptions {
  readonly host?: string;
  readonly secure?: boolean;
}

/** Calls the script for every connection, before anything has come on it. */
export async function startConnections(
  onConnection: (socket: Socket, connection: number) => void,
  { host = '127.0.0.1', secure = false }: RawOptions = {},
): Promise<RawUpstream> {
  const sockets: Socket[] = [];
  const accept = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => undefined).setNoDelay();
    onConnection(socket, sockets.length);
  };
  const server: Server = secure
    ? createSecureServer({ cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY }, accept)
    : createServer(accept);
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const name = secure ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    url: new URL(`${secure ? 'https' : 'http'}://${name}:${port}/`),
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

/** Calls the script for every request whose body, of the announced length, has come whole. */
export function startCalls(
  onCall: (call: RawCall) => void,
  options?: RawOptions,
): Promise<RawUpstream> {
  return startConnections((socket, connection) => {
    let pieces: Buffer[] = [];
    let wanted: number | undefined;
    let length = 0;
    let request = 0;
    socket.on('data', (bytes: Buffer) => {
      pieces.push(bytes);
      length += bytes.length;
      wanted ??= wholeLength(Buffer.concat(pieces));
      if (wanted === undefined || length < wanted) {
        return;
      }
      const whole = Buffer.concat(pieces);
      const end = whole.indexOf('\r\n\r\n');
      request += 1;
      [pieces, length, wanted] = [[], 0, undefined];
      onCall({
        socket,
        head: whole.toString('latin1', 0, end),
        body: whole.subarray(end + 4),
        connection,
        request,
      });
    });
  }, options);
}

function wholeLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  const [, length] = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, end)) ?? [];
  return end === -1 ? undefined : end + 4 + Number(length ?? 0);
}
