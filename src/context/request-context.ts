import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import onHeaders from 'on-headers';
import type { Level, Logger } from 'pino';
import { Observable } from 'rxjs';
import type { ErrorDialect } from '../errors/error-response';
import type { GatewayFault } from '../errors/gateway-error';
import type { RequestMemory } from '../memory/request-memory';
import type { TraceSpan } from '../tracing/trace-span';
import type { Consumer } from './consumer';
import { formatUsd, microUsdOf, type RequestApi } from './image-record';
import { logIdsOf, type LogIds } from './log-ids';
import { pinnedAccountOf } from './pinned-account';
import { requestIdOf } from './request-id';
import type { RequestOutcome } from './request-outcome';
import { onResponseEnd } from './response-end';
import { RequestSignals } from './request-signals';
import type { ResponseRecorder } from './response-recorder';

/** What contexts are made with; the memory is created on first use. */
export interface RequestResources {
  readonly logger: Logger;
  readonly memory: () => RequestMemory;
  /** Makes a shutdown wait for one more request. @returns ends the wait */
  readonly holdShutdown: () => () => void;
}

/**
 * Everything known about one request, from its headers to the last byte of its response. The first
 * middleware creates it, `contextOf(response)` finds it, and code that works on the request gets it
 * as an argument. Facts about a request are members here, not entries in maps elsewhere.
 */
export class RequestContext {
  /** The client's own `X-Request-Id` if it is safe to print, otherwise a fresh one. */
  readonly id: string;
  /** The authenticated consumer; undefined until the guard has accepted a key. */
  consumer: Consumer | undefined;
  /** By its path; undefined for a route of Easel's own that makes no images. */
  api: RequestApi | undefined;
  readonly outcome: RequestOutcome = { records: [] };
  /** The request's root span; undefined if tracing is off. Set first of all. */
  trace: TraceSpan | undefined;
  /** The API whose error object the request gets, by its path. Set before anything can fail. */
  errorDialect: ErrorDialect = 'openai';
  /** Why the path does not exist, if its API knows more. Reported once the key is accepted. */
  pathFault: GatewayFault | undefined;
  /** Keys from where only the called API puts them, removed from there; in Latin-1. */
  ownKeys: readonly string[] = [];
  /** The model in the path, as Azure's paths have it. Takes precedence over the body's. */
  modelInPath: string | undefined;
  /** The accepted key, in Latin-1, only to be hashed; undefined if none is required. */
  presentedKey: string | undefined;
  /** Records the response for replays; undefined if there will be none. */
  recorder: ResponseRecorder | undefined;

  /** By `performance.now()`, the only clock of the request. */
  private readonly startedAt = performance.now();
  private readonly request: IncomingMessage & { body?: unknown };
  private readonly signals = new RequestSignals();
  private readonly listeners = new Set<() => void>();
  private readonly leaveListeners = new Set<() => void>();
  private state: 'open' | 'left' | 'closed' = 'open';
  private isWhole = false;
  private keepers = 0;
  private leftAt: number | undefined;
  private isMemoryTaken = false;
  private releaseShutdown: (() => void) | undefined;
  private lazyClientAddress: string | undefined;
  private lazyLog: Logger | undefined;
  private lazyMemory: RequestMemory | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly resources: RequestResources,
  ) {
    this.request = response.req;
    this.id = requestIdOf(this.request.headers['x-request-id']);
    onResponseEnd(response, (isWhole) => {
      this.leave(isWhole);
    });
  }

  /** Adds the request's id, and its trace's, to every line. */
  get log(): Logger {
    return (this.lazyLog ??= this.resources.logger.child(logIdsOf(this.id, this.trace)));
  }

  /** Writes such a line too, but creates no logger for it: most requests have only one line. */
  logOnce(level: Level, line: (ids: LogIds) => object, message: string): void {
    this.resources.logger[level](line(logIdsOf(this.id, this.trace)), message);
  }

  /** The request's share of the memory budget, released when the request is closed. */
  get memory(): RequestMemory {
    if (this.lazyMemory === undefined) {
      this.lazyMemory = this.resources.memory();
      if (this.isClosed && !this.isMemoryTaken) {
        this.lazyMemory.release();
      }
    }
    return this.lazyMemory;
  }

  /** Milliseconds since the request's headers arrived. */
  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Milliseconds until the response was sent or the client disconnected. */
  get responseMs(): number {
    return (this.leftAt ?? performance.now()) - this.startedAt;
  }

  /** The client's address; behind trusted proxies, the one that they forward. */
  get clientAddress(): string | undefined {
    const request = this.request as IncomingMessage & { readonly ip?: string };
    // Express reads the forwarding headers each time.
    this.lazyClientAddress ??= request.ip ?? request.socket.remoteAddress;
    return this.lazyClientAddress;
  }

  /**
   * The cost of the request's images so far, in US dollars as text; undefined while it is not known
   * which images the request wants. Requests refused by a limit cost nothing.
   */
  get costUsd(): string | undefined {
    const { images, limit, records } = this.outcome;
    return images === undefined && limit === undefined ? undefined : formatUsd(microUsdOf(records));
  }

  /** The account pinned by `X-Account-Email`. */
  get pinnedAccount(): string | undefined {
    return pinnedAccountOf(this.request.headers['x-account-email']);
  }

  /**
   * Adds headers at the moment when the head of the response is written, whatever API renders it:
   * they say what holds then, and are set once.
   */
  addLateHeaders(headers: () => Readonly<Record<string, string>>): void {
    onHeaders(this.response, () => {
      for (const [name, value] of Object.entries(headers())) {
        this.response.setHeader(name, value);
      }
    });
  }

  /** Whether the response was sent to its last byte, or the client disconnected first. */
  get hasLeft(): boolean {
    return this.state !== 'open';
  }

  /** Whether the request is over: the exchange has ended, and no work outlives it. */
  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /**
   * Whether the response was sent to its last byte; if it is over and was not, the client hung up.
   */
  get isSent(): boolean {
    return this.hasLeft && this.isWhole;
  }

  /**
   * Keeps the request open after the client has disconnected, until the returned function is
   * called: its signals, deadline and memory stay valid, and shutdown waits for it.
   */
  outlive(): () => void {
    let isKeeping = !this.isClosed;
    this.keepers += isKeeping ? 1 : 0;
    return () => {
      if (isKeeping) {
        isKeeping = false;
        this.keepers -= 1;
        this.closeWhenIdle();
      }
    };
  }

  /** Hands the memory to a new owner, who releases it; slices then outlive `closed`. */
  takeMemory(): RequestMemory {
    this.isMemoryTaken = true;
    return this.memory;
  }

  /**
   * Aborted when the request is closed, before its memory is released. Never read a slab after
   * `release()`: check `closed.aborted` before each access.
   */
  get closed(): AbortSignal {
    return this.signals.get('closed');
  }

  /** Aborted when the request is closed or its deadline has passed; the reason says which. */
  get signal(): AbortSignal {
    return this.signals.get('ended');
  }

  /** Also aborted when the client hangs up and nothing is kept: no paid call may begin any more. */
  get newCalls(): AbortSignal {
    return this.signals.get('newCalls');
  }

  /** The deadline in epoch milliseconds; Infinity for a request without one. */
  get deadlineAt(): number {
    return this.signals.deadlineAt;
  }

  /**
   * Gives the request a deadline, which counts from the arrival of its headers. Later calls do nothing.
   *
   * @param totalMs how long the whole request may take, in milliseconds
   */
  startDeadline(totalMs: number): void {
    if (!this.isClosed) {
      this.signals.startDeadline(Math.max(0, totalMs - this.elapsedMs));
    }
  }

  /** Makes shutdown wait until this request is closed, because it is about to cost money. */
  holdShutdown(): void {
    if (!this.isClosed) {
      this.releaseShutdown ??= this.resources.holdShutdown();
    }
  }

  /**
   * Calls the listener when the request is closed; at once if it already is.
   *
   * @returns removes the listener
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

  /** The same for the end of the exchange, which may come before the request is closed. */
  onLeft(listener: () => void): () => void {
    if (this.hasLeft) {
      listener();
      return () => undefined;
    }
    this.leaveListeners.add(listener);
    return () => {
      this.leaveListeners.delete(listener);
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

  private leave(isWhole: boolean): void {
    [this.state, this.leftAt, this.isWhole] = ['left', performance.now(), isWhole];
    // The listeners may decide that work outlives the client.
    for (const listener of this.leaveListeners) {
      listener();
    }
    this.leaveListeners.clear();
    if (this.recorder === undefined) {
      this.signals.forbidNewCalls();
    }
    this.closeWhenIdle();
  }

  private closeWhenIdle(): void {
    if (this.state === 'left' && this.keepers === 0) {
      this.close();
    }
  }

  private close(): void {
    this.state = 'closed';
    // Readers of slabs stop before the slabs are released.
    this.signals.close();
    if (!this.isMemoryTaken) {
      this.lazyMemory?.release();
    }
    // Work kept for a retry keeps its request, but must not keep 100 MB that nobody counts.
    this.request.body = undefined;
    this.releaseShutdown?.();
    for (const listener of this.listeners) {
      listener();
    }
    this.listeners.clear();
  }
}
