import type { ResponseListener } from './response-reader';
import { ReadBudget } from '../concurrency/read-budget';
import { openSocket, type SocketRoute } from './open-socket';
import { UpstreamConnection } from './upstream-connection';

/** A request, ready to be written. */
export interface WireRequest {
  readonly url: URL;
  /** The request line and the headers, up to the blank line. */
  readonly head: string;
  readonly body: readonly Buffer[];
}

/** How a pool opens its connections. */
export interface ConnectionPoolOptions {
  /** The time limit for TCP and TLS of a new connection together, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** The proxy for an upstream; undefined for a direct connection. */
  readonly proxyFor?: (url: URL) => URL | undefined;
  /** CA bundle to trust instead of Node's; tests only. */
  readonly ca?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Keeps connections for further requests: a handshake costs more than a short response. */
export class ConnectionPool {
  private readonly idle = new Map<string, UpstreamConnection[]>();
  /** The TLS session of each origin, which shortens the next handshake. */
  private readonly tlsSessions = new Map<string, Buffer>();

  private readonly readBudget = new ReadBudget();

  constructor(private readonly options: ConnectionPoolOptions = {}) {}

  /** Sends the request on a connection that serves only it until the response is complete. */
  send({ url, head, body }: WireRequest, listener: ResponseListener): UpstreamConnection {
    const connection = this.idle.get(url.origin)?.pop() ?? this.connectTo(url);
    connection.send(head, body, listener);
    return connection;
  }

  /** Closes the idle connections: the cause that broke one may have broken all of them. */
  closeIdle({ origin }: URL): void {
    for (const connection of [...(this.idle.get(origin) ?? [])]) {
      connection.close();
    }
  }

  private connectTo(url: URL): UpstreamConnection {
    const idle = this.idle.get(url.origin) ?? [];
    this.idle.set(url.origin, idle);
    return new UpstreamConnection(
      (onread, hungUp) => openSocket(this.routeTo(url), onread, hungUp),
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

  private routeTo(url: URL): SocketRoute {
    const { ca, proxyFor, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.options;
    return {
      url,
      proxy: proxyFor?.(url),
      timeoutMs: connectTimeoutMs,
      ca,
      tlsSession: this.tlsSessions.get(url.origin),
      onTlsSession: (session) => {
        this.tlsSessions.set(url.origin, session);
      },
    };
  }
}
