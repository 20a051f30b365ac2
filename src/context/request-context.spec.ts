import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestContexts } from '../../test/request-contexts';
import { MemoryBudget } from '../memory/memory-budget';
import { ClientGoneError } from './client-gone.error';
import type { RequestContext } from './request-context';
import { contextOf } from './request-contexts';
import type { ResponseRecorder } from './response-recorder';

describe('RequestContext', () => {
  let server: Server;
  let client: Socket | undefined;
  let budget: MemoryBudget;
  let contexts: ReturnType<typeof requestContexts>;
  const visits: { context: RequestContext; response: ServerResponse }[] = [];

  beforeEach(async () => {
    budget = new MemoryBudget(Number.POSITIVE_INFINITY, 0);
    contexts = requestContexts(budget);
    visits.length = 0;
    server = createServer((_request, response) => {
      visits.push({ context: contexts.open(response), response });
      server.emit('opened');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    client?.destroy();
    server.closeAllConnections();
    server.close();
  });

  /** A raw client that has sent some requests at once, and the contexts of all of them. */
  async function visit(headers: readonly string[] = [], requests = 1) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client = socket;
    socket.on('error', () => undefined);
    const text = ['GET / HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n');
    socket.write(text.repeat(requests));
    while (visits.length < requests) {
      await once(server, 'opened');
    }
    const [first] = visits;
    if (first === undefined) {
      throw new Error('nobody came');
    }
    return { socket, ...first };
  }

  const closed = (context: RequestContext) =>
    new Promise<void>((resolve) => context.onClosed(resolve));

  const endings: readonly [string, (socket: Socket, response: ServerResponse) => void, boolean][] =
    [
      ['sent whole', (_socket, response) => response.end('done'), true],
      ['left by its client', (socket) => socket.destroy(), false],
      ['cut off by the server', (_socket, response) => response.destroy(), false],
      [
        'left with half of it sent',
        (socket, response) => {
          socket.pause();
          response.end(Buffer.alloc(64 * 1024 * 1024));
          socket.destroy();
        },
        false,
      ],
    ];

  it('adds late headers as they are when the head is written, however it is written', async () => {
    let left = 3;
    const { socket, response, context } = await visit([], 2);
    const second = visits[1];
    for (const each of [context, second?.context]) {
      each?.addLateHeaders(() => ({ 'x-left': String(left) }));
    }
    left = 2;
    response.flushHeaders();
    left = 1;
    response.end('done');
    second?.response.writeHead(418, { 'x-own': 'a' }).end();
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    while (!text.includes('418')) {
      await once(socket, 'data');
    }
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\nx-left: 2\r\n/);
    expect(text).toMatch(/HTTP\/1.1 418 I'm a Teapot\r\nx-own: a\r\nx-left: 1\r\n/);
  });

  it.each(endings)('is closed once: %s', async (_name, end, isSent) => {
    const { socket, response, context } = await visit();
    const events: string[] = [];
    context.closed.addEventListener('abort', () => events.push('closed'));
    context.signal.addEventListener('abort', () => events.push('signal'));
    context.onClosed(() => events.push('listener'));
    expect([context.isClosed, context.isSent]).toEqual([false, false]);
    end(socket, response);
    await closed(context);
    expect([context.isClosed, context.isSent]).toEqual([true, isSent]);
    expect(context.closed.reason).toBeInstanceOf(ClientGoneError);
    expect(events).toEqual(['closed', 'signal', 'listener']);
  });

  it('calls late listeners, too', async () => {
    const { socket, context } = await visit();
    socket.destroy();
    await closed(context);
    const late = jest.fn();
    context.onClosed(late);
    expect(late).toHaveBeenCalledTimes(1);
    expect(context.closed.aborted && context.signal.aborted).toBe(true);
  });

  it('does not call removed listeners', async () => {
    const { response, context } = await visit();
    const listener = jest.fn();
    context.onClosed(listener)();
    response.end();
    await closed(context);
    expect(listener).not.toHaveBeenCalled();
  });

  it('is closed with its connection while it waits behind another request', async () => {
    const { socket } = await visit([], 3);
    socket.destroy();
    await Promise.all(visits.map(({ context }) => closed(context)));
    expect(visits.map(({ context }) => context.isSent)).toEqual([false, false, false]);
  });

  it('leaves no listeners on a kept-alive connection', async () => {
    const { socket, response } = await visit([], 3);
    const serverSocket = response.socket;
    const counts: (number | undefined)[] = [];
    for (const { context, response: each } of visits) {
      each.end();
      await closed(context);
      counts.push(serverSocket?.listenerCount('close'));
    }
    // One request less waits on the connection, and its listener is gone.
    expect(counts[1]).toBe((counts[0] ?? 0) - 1);
    socket.destroy();
  });

  it('returns its memory after its signals, whenever the memory was requested', async () => {
    const { socket, context } = await visit();
    const seen: number[] = [];
    context.memory.hold(1000);
    context.closed.addEventListener('abort', () => seen.push(budget.bytes));
    socket.destroy();
    await closed(context);
    expect([...seen, budget.bytes]).toEqual([1000, 0]);
    context.memory.hold(1000);
    expect(budget.bytes).toBe(0);
  });

  it('returns memory that was requested only after it was closed', async () => {
    const { socket, context } = await visit();
    socket.destroy();
    await closed(context);
    context.memory.hold(1000);
    expect(budget.bytes).toBe(0);
  });

  it('has a deadline that counts from its arrival, and keeps the first one', async () => {
    const { context } = await visit();
    expect(context.deadlineAt).toBe(Number.POSITIVE_INFINITY);
    await sleep(100);
    // The two clocks are read one after the other, with any pause between them on a busy machine.
    const [before, leastElapsedMs] = [Date.now(), context.elapsedMs];
    context.startDeadline(60_000);
    const { deadlineAt, elapsedMs: mostElapsedMs } = context;
    expect(deadlineAt).toBeLessThanOrEqual(Date.now() + 60_000 - leastElapsedMs + 2);
    expect(deadlineAt).toBeGreaterThanOrEqual(before + 60_000 - mostElapsedMs - 2);
    context.startDeadline(1);
    expect(context.deadlineAt).toBe(deadlineAt);
  });

  it('is ended by a deadline that has passed already, and stays open', async () => {
    const { context } = await visit();
    context.startDeadline(0);
    await once(context.signal, 'abort');
    expect(context.signal.reason).toMatchObject({ fault: { kind: 'upstream_timeout' } });
    expect([context.closed.aborted, context.isClosed]).toEqual([false, false]);
  });

  it('accepts a deadline longer than a timer can hold', async () => {
    const { context } = await visit();
    context.startDeadline(2 ** 40);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(context.signal.aborted).toBe(false);
  });

  it.each(endings)('holds a shutdown until it is closed: %s', async (_name, end) => {
    const { socket, response, context } = await visit();
    expect(contexts.atWork).toBe(0);
    context.holdShutdown();
    context.holdShutdown();
    expect(contexts.atWork).toBe(1);
    end(socket, response);
    await closed(context);
    // All listeners of the same event have been called by then.
    await sleep(0);
    context.holdShutdown();
    expect(contexts.atWork).toBe(0);
  });

  it('outlives its client while work continues, but no new call may begin', async () => {
    const { socket, context } = await visit();
    const first = context.outlive();
    const second = context.outlive();
    const left = new Promise<void>((resolve) => context.onLeft(resolve));
    socket.destroy();
    await left;
    expect([context.hasLeft, context.isSent, context.isClosed]).toEqual([true, false, false]);
    expect([context.newCalls, context.signal].map(({ aborted }) => aborted)).toEqual([true, false]);
    first();
    first();
    expect(context.isClosed).toBe(false);
    second();
    expect([context.isClosed, context.signal.aborted]).toEqual([true, true]);
  });

  it('starts further work for a client that hung up if its response is kept', async () => {
    const { socket, context } = await visit();
    const stop = context.outlive();
    context.recorder = {} as ResponseRecorder;
    const left = new Promise<void>((resolve) => context.onLeft(resolve));
    socket.destroy();
    await left;
    expect(context.newCalls.aborted).toBe(false);
    stop();
    expect(context.newCalls.aborted).toBe(true);
  });

  it('hands its memory over to the new owner', async () => {
    const { socket, context } = await visit();
    context.memory.hold(1000);
    const memory = context.takeMemory();
    socket.destroy();
    await closed(context);
    expect(budget.bytes).toBe(1000);
    memory.release();
    expect(budget.bytes).toBe(0);
  });

  it('releases the body, even if the context is kept', async () => {
    const { socket, response, context } = await visit();
    const request = response.req as IncomingMessage & { body?: unknown };
    request.body = { prompt: 'a fox' };
    socket.destroy();
    await closed(context);
    expect(request.body).toBeUndefined();
  });

  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['  ', undefined],
    [' studio@example.com ', 'studio@example.com'],
    ['bücher@example.com', 'bücher@example.com'],
  ])('X-Account-Email %j pins %s', async (header, expected) => {
    const { context } = await visit(header === undefined ? [] : [`X-Account-Email: ${header}`]);
    expect(context.pinnedAccount).toBe(expected);
  });

  it('uses the client’s id if it is safe, and records its origin', async () => {
    const { context, response } = await visit(['X-Request-Id: mine-1']);
    expect([context.id, context.clientAddress]).toEqual(['mine-1', '127.0.0.1']);
    expect(contextOf(response)).toBe(context);
  });
});
