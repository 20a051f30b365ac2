import net, { type OnReadOpts, type Socket } from 'node:net';
import tls from 'node:tls';
import type { ResponseListener } from './response-reader';
import { ReadBudget } from '../concurrency/read-budget';
import { UpstreamConnection } from './upstream-connection';

/** A request, ready to be written. */
export interface WireRequest {
  readonly url: URL;
  /** The request line and the headers, up to the blank line. */
  readonly head: string;
  readonly body: readonly Buffer[];
}

/** Keeps connections for the next request: a handshake costs more than a short answer. */
export class ConnectionPool {
  private readonly idle = new Map<string, UpstreamConnection[]>();
  /** Of each origin, what shortens the next handshake. */
  private readonly tlsSessions = new Map<string, Buffer>();

  private readonly readBudget = new ReadBudget();

  /** @param ca CA bundle to trust instead of Node's; tests only. */
  constructor(private readonly ca?: string) {}

  /** Sends the request, on a connection of its own for as long as it takes. */
  send({ url, head, body }: WireRequest, listener: ResponseListener): UpstreamConnection {
    const connection = this.idle.get(url.origin)?.pop() ?? this.connectTo(url);
    connection.send(head, body, listener);
    return connection;
  }

  /** Gives up the connections that wait for a request: what befell one of them may have befallen all. */
  closeIdle({ origin }: URL): void {
    for (const connection of [...(this.idle.get(origin) ?? [])]) {
      connection.close();
    }
  }

  private connectTo(url: URL): UpstreamConnection {
    const idle = this.idle.get(url.origin) ?? [];
    this.idle.set(url.origin, idle);
    return new UpstreamConnection(
      (onread) => (url.protocol === 'https:' ? this.secure(url, onread) : plain(url, onread)),
      this.readBudget,
      (connection) => idle.push(connection),
      (connection) => {
        const at = idle.indexOf(connection);
        if (at !== -1) {
          idle.splice(at, 1);
        }
      },
    );
  }

  private secure(url: URL, onread: OnReadOpts): Socket {
    const host = hostOf(url);
    const socket = tls.connect({
      host,
      port: Number(url.port || 443),
      // An address is no name to ask for.
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ca: this.ca,
      ALPNProtocols: ['http/1.1'],
      session: this.tlsSessions.get(url.origin),
      onread,
    } as tls.ConnectionOptions);
    socket.on('session', (session) => {
      this.tlsSessions.set(url.origin, session);
    });
    return socket;
  }
}

function plain(url: URL, onread: OnReadOpts): Socket {
  return net.connect({
    host: hostOf(url),
    port: Number(url.port || 80),
    onread,
  });
}

/** Without the brackets that an IPv6 address has in a URL. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
