import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { RequestContexts } from '../../context/request-contexts';
import type { PreparedExpressAdapter } from './prepared-express.adapter';

const POLL_MS = 50;

/** How long requests are served on connections that were accepted last, in milliseconds. */
const LAST_CONNECTIONS_MS = 200;

/** The maximum number of connections that wait to be accepted: Node's backlog. */
const MAX_WAITING = 511;

/**
 * How long requests that cost nothing may still take once all others are finished, in milliseconds.
 */
const LAST_CALL_MS = 1000;

/**
 * The graceful shutdown. First the process becomes unready, and each response closes its
 * connection. After the delay that load balancers need to notice, new requests are rejected while
 * running ones finish, because they are being paid for. A delay implies other replicas, so the
 * server stops listening shortly before, and proxies skip it. Without a delay it keeps listening
 * until the end, to tell clients that it is shutting down. Finally the remaining connections are
 * closed.
 */
@Injectable()
export class Drain implements OnModuleDestroy, BeforeApplicationShutdown {
  private begun = false;
  private refusing = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly contexts: RequestContexts,
    private readonly log: PinoLogger,
  ) {
    this.log.setContext(Drain.name);
  }

  get hasBegun(): boolean {
    return this.begun;
  }

  /** Whether new requests are rejected. */
  get isRefusing(): boolean {
    return this.refusing;
  }

  /** Nest's first step on SIGTERM. */
  onModuleDestroy(): void {
    this.begun = true;
    this.log.info({ atWork: this.contexts.atWork }, 'shutting down: no longer ready');
  }

  /** Nest's last step before it closes the server. */
  async beforeApplicationShutdown(): Promise<void> {
    const { shutdownDelayMs } = this.config.server;
    await sleep(shutdownDelayMs);
    if (shutdownDelayMs > 0) {
      await acceptWaiting(this.adapterHost.httpAdapter.getHttpServer() as Server);
      (this.adapterHost.httpAdapter as PreparedExpressAdapter).stopListening();
      // The requests of the last connections were sent before, too.
      await sleep(LAST_CONNECTIONS_MS);
    }
    this.refusing = true;
    // Node considers a connection idle as soon as its response is complete, even if most of it is
    // still unsent. The request's context knows better.
    while (this.contexts.atWork > 0) {
      await sleep(POLL_MS);
    }
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.closeIdleConnections();
    // Nothing important is left: silent connections, half-sent requests, the response to a probe.
    setTimeout(() => {
      server.closeAllConnections();
    }, LAST_CALL_MS).unref();
  }
}

/**
 * Accepts the connections that the kernel has already accepted: it would reset those that still
 * wait when the server stops listening. Node accepts one in each turn of its event loop, so there
 * are several after a stall.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let accepted = 0;
  const count = (): void => {
    accepted += 1;
  };
  server.on('connection', count);
  let before: number;
  do {
    before = accepted;
    await nextTurn();
  } while (accepted > before && accepted < MAX_WAITING);
  server.off('connection', count);
}
