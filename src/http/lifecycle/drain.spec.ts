import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { HttpAdapterHost } from '@nestjs/core';
import type { PinoLogger } from 'nestjs-pino';
import { requestContexts } from '../../../test/request-contexts';
import type { AppConfig } from '../../config/app-config';
import { contextOf, type RequestContexts } from '../../context/request-contexts';
import { Drain } from './drain';
import { DrainGuard } from './drain.guard';

describe('Drain', () => {
  let server: Server;
  let contexts: RequestContexts;
  let drain: Drain;
  const clients: Socket[] = [];
  const lines: unknown[] = [];

  beforeEach(async () => {
    lines.length = 0;
    contexts = requestContexts();
    server = createServer((_request, response) => {
      contexts.open(response);
      server.emit('opened', response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    drain = new Drain(
      { server: { shutdownDelayMs: 0 } } as AppConfig,
      { httpAdapter: { getHttpServer: () => server } } as unknown as HttpAdapterHost,
      contexts,
      {
        setContext: () => undefined,
        info: (fields: unknown) => lines.push(fields),
      } as unknown as PinoLogger,
    );
  });
  afterEach(() => {
    for (const client of clients.splice(0)) {
      client.destroy();
    }
    server.closeAllConnections();
    server.close();
  });

  async function open() {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(socket);
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [response] = (await once(server, 'opened')) as [ServerResponse];
    return { socket, response, context: contextOf(response) };
  }

  /** Whether a promise is settled after all that is due now has run. */
  async function isSettled(promise: Promise<unknown>): Promise<boolean> {
    let settled = false;
    void promise.then(() => (settled = true));
    await new Promise((resolve) => setTimeout(resolve, 120));
    return settled;
  }

  it('changes readiness at once, and refuses new work only after the delay', async () => {
    const guard = new DrainGuard(drain);
    expect([drain.hasBegun, drain.isRefusing, guard.canActivate()]).toEqual([false, false, true]);
    drain.onModuleDestroy();
    expect([drain.hasBegun, drain.isRefusing, guard.canActivate()]).toEqual([true, false, true]);
    await drain.beforeApplicationShutdown();
    expect(drain.isRefusing).toBe(true);
    expect(() => guard.canActivate()).toThrow(
      expect.objectContaining({ fault: { kind: 'shutting_down' } }) as Error,
    );
  });

  it('waits for the requests that hold it, until each is sent or its client hangs up', async () => {
    const sent = await open();
    const left = await open();
    sent.context.holdShutdown();
    left.context.holdShutdown();
    drain.onModuleDestroy();
    expect(lines).toEqual([{ atWork: 2 }]);
    const end = drain.beforeApplicationShutdown();
    expect(await isSettled(end)).toBe(false);
    sent.response.end('done');
    expect(await isSettled(end)).toBe(false);
    left.socket.destroy();
    await end;
  });

  it('waits for a response that its client has yet to take', async () => {
    const { socket, response, context } = await open();
    context.holdShutdown();
    socket.pause();
    response.end(Buffer.alloc(32 * 1024 * 1024));
    const end = drain.beforeApplicationShutdown();
    expect(await isSettled(end)).toBe(false);
    socket.resume();
    await end;
    expect(context.isSent).toBe(true);
  });

  it('does not wait for requests that cost nothing, and cuts them off in the end', async () => {
    const { socket } = await open();
    const cut = once(socket, 'close');
    await drain.beforeApplicationShutdown();
    await cut;
  });
});
