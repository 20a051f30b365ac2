import { once } from 'node:events';
import net, { type OnReadOpts, type Socket } from 'node:net';
import tls from 'node:tls';
import { turningTimeout } from '../concurrency/turning-timeout';
import { hostOf } from '../config/network-address';
import { portOf } from './port-of';
import { openTunnel } from './tunnel';
import { WireError } from './wire.error';

/** How to reach an upstream. */
export interface SocketRoute {
  readonly url: URL;
  /** The proxy; undefined for a direct connection. */
  readonly proxy: URL | undefined;
  /** The time limit for name resolution, proxy, TCP and TLS together, in milliseconds. */
  readonly timeoutMs: number;
  /** CA bundle to trust instead of Node's. */
  readonly ca?: string | undefined;
  /** A TLS session that shortens the handshake. */
  readonly tlsSession?: Buffer | undefined;
  readonly onTlsSession: (session: Buffer) => void;
}

/**
 * Opens a socket. Nothing of a request is written before it is open, so a failed attempt has cost
 * nothing.
 *
 * @param onread receives what is read; undefined if the caller reads the socket in the ordinary way
 * @param hungUp aborted when the socket is no longer needed
 * @returns a socket that is connected and, for https, secured; the caller must check that it still
 * is
 */
export async function openSocket(
  route: SocketRoute,
  onread: OnReadOpts | undefined,
  hungUp: AbortSignal,
): Promise<Socket> {
  const giveUp = new AbortController();
  const onHangUp = (): void => {
    giveUp.abort(hungUp.reason);
  };
  hungUp.addEventListener('abort', onHangUp);
  const endTimeout = turningTimeout(route.timeoutMs, () => {
    giveUp.abort(new WireError('CONNECT_TIMEOUT', `no connection within ${route.timeoutMs} ms`));
  });
  try {
    return await connected(route, onread, giveUp.signal);
  } catch (error) {
    throw giveUp.signal.aborted ? giveUp.signal.reason : error;
  } finally {
    endTimeout();
    hungUp.removeEventListener('abort', onHangUp);
  }
}

async function connected(
  route: SocketRoute,
  onread: OnReadOpts | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const { url, proxy } = route;
  if (url.protocol === 'https:') {
    const tunnel = proxy && (await openTunnel(url, proxy, undefined, signal));
    return opened(secure(route, onread, tunnel), 'secureConnect', signal);
  }
  return proxy === undefined
    ? opened(
        net.connect({ host: hostOf(url), port: portOf(url), ...(onread && { onread }) }),
        'connect',
        signal,
      )
    : openTunnel(url, proxy, onread, signal);
}

async function opened(socket: Socket, event: string, signal: AbortSignal): Promise<Socket> {
  // Never removed: an error may occur between the event and the code that waits for it.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function secure(
  { url, ca, tlsSession, onTlsSession }: SocketRoute,
  onread: OnReadOpts | undefined,
  tunnel: Socket | undefined,
): Socket {
  const host = hostOf(url);
  const socket = tls
    .connect({
      ...(tunnel === undefined ? { port: portOf(url), onread } : { socket: tunnel }),
      // The host to connect to, for which the certificate must be valid.
      host,
      // SNI does not allow addresses.
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ca,
      ALPNProtocols: ['http/1.1'],
      session: tlsSession,
    } as tls.ConnectionOptions)
    .on('session', onTlsSession);
  if (tunnel !== undefined && onread !== undefined) {
    // On top of another socket, Node's TLS ignores `onread`: its data is in buffers of its own.
    socket.on('data', (bytes: Buffer) => {
      if (!onread.callback(bytes.length, bytes)) {
        socket.pause();
      }
    });
  }
  return socket;
}
