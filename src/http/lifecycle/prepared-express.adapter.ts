import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { inPipeline } from './request-pipeline';

/**
 * Express sets the prototype of each request and each response by `Object.setPrototypeOf`. V8 then
 * gives each one a shape of its own: no access to it is fast any more, and each lives until the
 * next full garbage collection. Here both are created with that prototype, so Express has nothing
 * left to do. That halves the cost of an empty request.
 */
export class PreparedExpressAdapter extends ExpressAdapter {
  /** Settled when the last connection has ended; undefined while it listens. */
  private ended: Promise<unknown> | undefined;

  constructor() {
    super(express());
  }

  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    this.httpServer = createServer(
      {
        IncomingMessage: withPrototype(IncomingMessage, app.request),
        ServerResponse: withPrototype(ServerResponse, app.response),
        // Node itself would reject a request without Host, and without a body.
        requireHostHeader: false,
      },
      inPipeline(app),
    );
  }

  /**
   * Takes no further connections; those that are open live on. Not by the HTTP server's own `close`, which also ends
   * connections whose response is given but not sent.
   */
  stopListening(): void {
    const { httpServer } = this;
    if (httpServer.listening) {
      this.ended = once(httpServer, 'close');
      Server.prototype.close.call(httpServer);
    }
  }

  /** Nest's last step. A server that has stopped listening before may have told already that it is closed. */
  override async close(): Promise<void> {
    if (this.ended === undefined) {
      await super.close();
    } else {
      await this.ended;
    }
  }
}

/** A constructor like Node's own, but with another prototype, which inherits from Node's. */
function withPrototype<T extends typeof IncomingMessage | typeof ServerResponse>(
  constructor: T,
  prototype: object,
): T {
  function Prepared(this: object, ...args: unknown[]): void {
    // Node's constructors are functions and not classes, so that code can inherit in this way.
    (constructor as unknown as (...args: unknown[]) => void).apply(this, args);
  }
  Prepared.prototype = prototype;
  return Prepared as unknown as T;
}
