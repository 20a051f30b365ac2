import { once } from 'node:events';
import net, { type OnReadOpts, type Socket } from 'node:net';
import tls from 'node:tls';
import { WireError } from './wire.error';

/** The way to an upstream. */
export interface Route {
  readonly url: URL;
  /** How long TCP and TLS may take together, looking up the name included, in milliseconds. */
  readonly timeoutMs: number;
  /** CA bundle to trust instead of Node's. */
  readonly ca?: string | undefined;
  /** What shortens the handshake. */
  readonly tlsSession?: Buffer | undefined;
  readonly onTlsSession: (session: Buffer) => void;
}

/**
 * Opens a socket. Nothing of a request is written before it is open, so that one that never opens has cost
 * nothing.
 *
 * @param hungUp nobody waits for it any more
 * @returns a socket that is connected and, for https, secured; whoever takes it has to look whether it still is
 */
export async function openSocket(
  route: Route,
  onread: OnReadOpts,
  hungUp: AbortSignal,
): Promise<Socket> {
  const giveUp = new AbortController();
  const onHangUp = (): void => {
    giveUp.abort(hungUp.reason);
  };
  hungUp.addEventListener('abort', onHangUp);
  const timer = setTimeout(() => {
    giveUp.abort(new WireError('CONNECT_TIMEOUT', `no connection within ${route.timeoutMs} ms`));
  }, route.timeoutMs);
  try {
    return await connected(route, onread, giveUp.signal);
  } catch (error) {
    throw giveUp.signal.aborted ? giveUp.signal.reason : error;
  } finally {
    clearTimeout(timer);
    hungUp.removeEventListener('abort', onHangUp);
  }
}

function connected(route: Route, onread: OnReadOpts, signal: AbortSignal): Promise<Socket> {
  return route.url.protocol === 'https:'
    ? opened(secure(route, onread), 'secureConnect', signal)
    : opened(plain(route, onread), 'connect', signal);
}

async function opened(socket: Socket, event: string, signal: AbortSignal): Promise<Socket> {
  // For good: an error may come in between the event and whoever waits for it here.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function secure({ url, ca, tlsSession, onTlsSession }: Route, onread: OnReadOpts): Socket {
  const host = hostOf(url);
  return tls
    .connect({
      host,
      port: Number(url.port || 443),
      // An address is no name to ask for.
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ca,
      ALPNProtocols: ['http/1.1'],
      session: tlsSession,
      onread,
    } as tls.ConnectionOptions)
    .on('session', onTlsSession);
}

function plain({ url }: Route, onread: OnReadOpts): Socket {
  return net.connect({ host: hostOf(url), port: Number(url.port || 80), onread });
}

/** Without the brackets that an IPv6 address has in a URL. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
