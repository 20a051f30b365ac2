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
 * The orderly end: readiness turns first, requests that are at work finish (they have been paid
 * for), new ones are refused, and only then does the server stop listening.
 */
@Injectable()
export class Drain implements NestInterceptor, OnModuleDestroy, BeforeApplicationShutdown {
  private atWork = 0;
  private begun = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  /** Counts the requests that are worth waiting for: those it is bound to as an interceptor. */
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.begun) {
      throw new GatewayError({ kind: 'overloaded', retryAfterSeconds: 1 });
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
    // Long enough for a load balancer to see the readiness probe fail.
    await sleep(this.config.server.shutdownDelayMs);
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
