import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { Observable } from 'rxjs';
import type { ErrorDialect } from '../errors/error-response';
import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import type { RequestMemory } from '../memory/request-memory';
import type { TraceSpan } from '../tracing/trace-span';
import type { Consumer } from './consumer';
import { formatUsd, microUsdOf, type RequestApi } from './image-record';
import { requestIdOf } from './request-id';
import type { RequestOutcome } from './request-outcome';

/**
 * The client left before its response was complete, so nobody is waiting for it. It is the reason of
 * the request's signals, and any code that works on the request may throw it.
 */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client has gone');
  }
}

/** Every request ends with it, those that were sent whole as well: to make one for each took 13 µs, for its stack. */
const CLIENT_GONE = new ClientGoneError();

/** The parts of a context, each made on first use. */
export interface RequestResources {
  readonly log: (bindings: object) => Logger;
  readonly memory: () => RequestMemory;
  /** The contexts of the requests that a shutdown waits for. */
  readonly held: Set<RequestContext>;
}

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Everything known about one request, from its headers to the last byte of its response. The first
 * middleware makes it, `contextOf(response)` finds it again, and code that works on the request gets
 * it as an argument. A fact about a request is a member here, not a map beside it.
 */
export class RequestContext {
  /** The client's own `X-Request-Id` if it is safe to print, otherwise a fresh one. */
  readonly id: string;
  /** Who asks. Set by the guard that checks the key; undefined until then, and for a key that is refused. */
  consumer: Consumer | undefined;
  /** Set by the door, where it is another than OpenAI's Images API. */
  api: RequestApi = 'images';
  readonly outcome: RequestOutcome = { records: [] };
  /** The request's span, which all spans of its work are below; undefined where there are no traces. Set first of all. */
  trace: TraceSpan | undefined;
  /** In which API's words the request is told of a fault. Set with the path, before anything can fail. */
  errorDialect: ErrorDialect = 'openai';
  /** Why the path leads nowhere, where its API knows more of it than the routes. Told once the key is right. */
  pathFault: GatewayFault | undefined;
  /** Keys that came where only the request's own API puts one, and that were taken out of there; in Latin-1, as headers. */
  ownKeys: readonly string[] = [];
  /** The model that the path names, as Azure's does. It wins over the body's. */
  modelInPath: string | undefined;

  /** By `performance.now()`: the one clock of the request. */
  private readonly startedAt = performance.now();
  private readonly request: IncomingMessage;
  private readonly listeners = new Set<() => void>();
  private state: 'open' | 'sent' | 'closed' = 'open';
  private isWhole = false;
  private lazyLog: Logger | undefined;
  private lazyMemory: RequestMemory | undefined;
  private closing: AbortController | undefined;
  private ending: AbortController | undefined;
  private deadline: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly resources: RequestResources,
  ) {
    const { req: request } = response;
    const { socket } = request;
    this.request = request;
    this.id = requestIdOf(request.headers['x-request-id']);
    // Node emits 'finish' even if the socket died with half of the response unsent; only the socket
    // knows. Prepended, because Node's own listener detaches the socket.
    response.prependOnceListener('finish', () => {
      this.isWhole = !socket.destroyed && socket.errored === null;
    });
    const onClose = (): void => {
      response.off('close', onClose);
      socket.off('close', onClose);
      this.close();
    };
    response.on('close', onClose);
    // A pipelined request that waits for its turn has no socket of its own yet: its response never
    // closes, the connection does. Any number may wait, more than the ten that Node takes for a leak.
    socket.setMaxListeners(0);
    socket.on('close', onClose);
  }

  /** Writes lines that carry the request's id, and its trace's. */
  get log(): Logger {
    this.lazyLog ??= this.resources.log({ requestId: this.id, ...this.trace?.ids });
    return this.lazyLog;
  }

  /** The request's share of the memory budget; given back when the request is closed. */
  get memory(): RequestMemory {
    if (this.lazyMemory === undefined) {
      this.lazyMemory = this.resources.memory();
      if (this.isClosed) {
        this.lazyMemory.release();
      }
    }
    return this.lazyMemory;
  }

  /** Milliseconds since the request's headers arrived. */
  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The client's address. Behind trusted proxies, it is the one that they have forwarded. */
  get clientAddress(): string | undefined {
    const request = this.request as IncomingMessage & { readonly ip?: string };
    return request.ip ?? request.socket.remoteAddress;
  }

  /**
   * What the images of the request have cost until now, in US dollars as text; undefined for a request of
   * which it is not known yet which images it wants.
   */
  get costUsd(): string | undefined {
    const { images, records } = this.outcome;
    return images === undefined ? undefined : formatUsd(microUsdOf(records));
  }

  /**
   * The account that the client has pinned by `X-Account-Email`. The header's bytes are read as UTF-8,
   * as in the header that Easel sends.
   */
  get pinnedAccount(): string | undefined {
    const header = this.request.headers['x-account-email'];
    if (typeof header !== 'string') {
      return undefined;
    }
    const email = Buffer.from(header, 'latin1').toString('utf8').trim();
    return email === '' ? undefined : email;
  }

  /** Sets headers of the response, whatever door renders it; too late once they have been sent. */
  setHeaders(headers: Readonly<Record<string, string>>): void {
    if (!this.response.headersSent) {
      for (const [name, value] of Object.entries(headers)) {
        this.response.setHeader(name, value);
      }
    }
  }

  /** Whether the response was sent to its last byte, or the client left before. */
  get isClosed(): boolean {
    return this.state !== 'open';
  }

  /** Whether the response was sent to its last byte. If a request is closed but not sent, its client left. */
  get isSent(): boolean {
    return this.state === 'sent';
  }

  /**
   * Aborted when the request is closed, before its memory is given back. Never read a slab after
   * `release()`: check `closed.aborted` before each access.
   */
  get closed(): AbortSignal {
    this.closing ??= this.controller();
    return this.closing.signal;
  }

  /** Aborted when the request is closed or its deadline has passed; the reason says which. */
  get signal(): AbortSignal {
    this.ending ??= this.controller();
    return this.ending.signal;
  }

  /** The deadline in epoch milliseconds; Infinity for a request without one. */
  get deadlineAt(): number {
    return this.deadline?.at ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Gives the request a deadline, which counts from the arrival of its headers. Later calls do nothing.
   *
   * @param totalMs how long the whole request may take, in milliseconds
   */
  startDeadline(totalMs: number): void {
    if (this.deadline !== undefined || this.isClosed) {
      return;
    }
    const leftMs = Math.max(0, totalMs - this.elapsedMs);
    const timer = setTimeout(
      () => {
        this.ending ??= this.controller();
        this.ending.abort(deadlinePassed());
      },
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
    this.deadline = { at: Date.now() + leftMs, timer };
  }

  /** Makes shutdown wait until this request is closed, because it is about to cost money. */
  holdShutdown(): void {
    if (!this.isClosed) {
      this.resources.held.add(this);
    }
  }

  /**
   * Calls the listener when the request is closed; at once if it already is.
   *
   * @returns stops listening
   */
  onClosed(listener: () => void): () => void {
    if (this.isClosed) {
      listener();
      return () => undefined;
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Emits once and completes when the request is closed; at once if it already is. */
  get whenClosed(): Observable<void> {
    return new Observable((subscriber) =>
      this.onClosed(() => {
        subscriber.next();
        subscriber.complete();
      }),
    );
  }

  private close(): void {
    this.state = this.isWhole ? 'sent' : 'closed';
    clearTimeout(this.deadline?.timer);
    // Readers of slabs stop before the slabs are given back.
    this.closing?.abort(CLIENT_GONE);
    this.ending?.abort(CLIENT_GONE);
    this.lazyMemory?.release();
    this.resources.held.delete(this);
    for (const listener of this.listeners) {
      listener();
    }
    this.listeners.clear();
  }

  private controller(): AbortController {
    const controller = new AbortController();
    // Every image listens, more than the ten that Node takes for a leak.
    setMaxListeners(0, controller.signal);
    if (this.isClosed) {
      controller.abort(CLIENT_GONE);
    }
    return controller;
  }
}

function deadlinePassed(): GatewayError {
  return new GatewayError(
    {
      kind: 'upstream_timeout',
      message: 'The request could not be completed within its deadline.',
    },
    { reason: 'deadline' },
  );
}
