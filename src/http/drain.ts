import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { finalize, type Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError } from '../errors/gateway-error';

const POLL_MS = 50;

/**
 * The orderly end: readiness turns first, then (after the delay that load balancers need to see it)
 * new requests are refused while those at work finish, for they have been paid for; only then does
 * the server stop listening.
 */
@Injectable()
export class Drain implements NestInterceptor, OnModuleDestroy, BeforeApplicationShutdown {
  private atWork = 0;
  private begun = false;
  private refusing = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  /** Counts the requests that are worth waiting for: those it is bound to as an interceptor. */
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.refusing) {
      throw new GatewayError({ kind: 'shutting_down' });
    }
    this.atWork += 1;
    return next.handle().pipe(
      finalize(() => {
        this.atWork -= 1;
      }),
    );
  }

  /** Nest's first step on SIGTERM. */
  onModuleDestroy(): void {
    this.begun = true;
  }

  /** Nest's last step before it closes the server. */
  async beforeApplicationShutdown(): Promise<void> {
    await sleep(this.config.server.shutdownDelayMs);
    this.refusing = true;
    while (this.atWork > 0) {
      await sleep(POLL_MS);
    }
    // A connection that was answering when the server closed would be kept alive, and the process
    // with it; each is closed once its answer is out.
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    setInterval(() => {
      server.closeIdleConnections();
    }, POLL_MS).unref();
  }
}
