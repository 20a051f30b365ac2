import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { pipelined } from './request-pipeline';

/**
 * Creates requests and responses with the prototype that Express needs. Express sets it on each of
 * them by `Object.setPrototypeOf`; V8 then gives each its own shape, which makes every access slow
 * and keeps the object alive until the next full garbage collection. Avoiding that halves the cost
 * of an empty request.
 */
export class PreparedExpressAdapter extends ExpressAdapter {
  /** Settles when the last connection has ended; undefined while the server listens. */
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
        // Node itself would reject a request without Host, with an empty body.
        requireHostHeader: false,
      },
      pipelined(app),
    );
  }

  /**
   * Stops accepting connections; open ones stay. The HTTP server's own `close` would also end
   * connections whose response is complete but not sent.
   */
  stopListening(): void {
    const { httpServer } = this;
    if (httpServer.listening) {
      this.ended = once(httpServer, 'close');
      Server.prototype.close.call(httpServer);
    }
  }

  /**
   * Nest's last step. A server that stopped listening earlier may already have reported that it is
   * closed.
   */
  override async close(): Promise<void> {
    if (this.ended === undefined) {
      await super.close();
    } else {
      await this.ended;
    }
  }
}

/** A constructor like Node's own, with another prototype that inherits from Node's. */
function withPrototype<T extends typeof IncomingMessage | typeof ServerResponse>(
  constructor: T,
  prototype: object,
): T {
  function Prepared(this: object, ...args: unknown[]): void {
    // Node's constructors are functions rather than classes, which allows this form of inheritance.
    (constructor as unknown as (...args: unknown[]) => void).apply(this, args);
  }
  Prepared.prototype = prototype;
  return Prepared as unknown as T;
}
