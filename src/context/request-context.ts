import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { Observable } from 'rxjs';
import type { ErrorDialect } from '../errors/error-response';
import type { GatewayFault } from '../errors/gateway-error';
import type { RequestMemory } from '../memory/request-memory';
import type { TraceSpan } from '../tracing/trace-span';
import type { Consumer } from './consumer';
import { formatUsd, microUsdOf, type RequestApi } from './image-record';
import { requestIdOf } from './request-id';
import type { RequestOutcome } from './request-outcome';
import { onResponseEnd } from './response-end';
import { RequestSignals } from './request-signals';
import type { ResponseRecorder } from './response-recorder';

/** The parts of a context, each made on first use. */
export interface RequestResources {
  readonly log: (bindings: object) => Logger;
  readonly memory: () => RequestMemory;
  /** The contexts of the requests that a shutdown waits for. */
  readonly held: Set<RequestContext>;
}

/**
 * Everything known about one request, from its headers to the last byte of its response. The first middleware makes it,
 * `contextOf(response)` finds it again, and code that works on the request gets it as an argument. A fact about a request
 * is a member here, not a map beside it.
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
  /** The key by which the client got in, in Latin-1; undefined where none is asked for. It is for digests alone. */
  presentedKey: string | undefined;
  /** Keeps the response for whoever asks again; undefined where nobody will. */
  recorder: ResponseRecorder | undefined;

  /** By `performance.now()`: the one clock of the request. */
  private readonly startedAt = performance.now();
  private readonly request: IncomingMessage & { body?: unknown };
  private readonly signals = new RequestSignals();
  private readonly listeners = new Set<() => void>();
  private readonly leavers = new Set<() => void>();
  private state: 'open' | 'left' | 'closed' = 'open';
  private isWhole = false;
  private keepers = 0;
  private leftAt: number | undefined;
  private isMemoryTaken = false;
  private lazyLog: Logger | undefined;
  private lazyMemory: RequestMemory | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly resources: RequestResources,
  ) {
    const { req: request } = response;
    this.request = request;
    this.id = requestIdOf(request.headers['x-request-id']);
    onResponseEnd(response, (isWhole) => {
      this.leave(isWhole);
    });
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

  /** Milliseconds until nobody read the response any more. */
  get responseMs(): number {
    return (this.leftAt ?? performance.now()) - this.startedAt;
  }

  /** The client's address. Behind trusted proxies, it is the one that they have forwarded. */
  get clientAddress(): string | undefined {
    const request = this.request as IncomingMessage & { readonly ip?: string };
    return request.ip ?? request.socket.remoteAddress;
  }

  /**
   * What the images of the request have cost until now, in US dollars as text; undefined for a request of
   * which it is not known yet which images it wants. What a limit has refused cost nothing.
   */
  get costUsd(): string | undefined {
    const { images, limit, records } = this.outcome;
    return images === undefined && limit === undefined ? undefined : formatUsd(microUsdOf(records));
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

  /** Whether nobody reads the response any more: it was sent to its last byte, or the client left before. */
  get hasLeft(): boolean {
    return this.state !== 'open';
  }

  /** Whether the request is over: its client has left, and no work outlives that. */
  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** Whether the response was sent to its last byte. If the client has left and it was not, it hung up. */
  get isSent(): boolean {
    return this.hasLeft && this.isWhole;
  }

  /**
   * Keeps the request open when its client leaves, until the function that it gives is called: its signals,
   * its deadline and its memory hold on, and shutdown waits for it.
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

  /**
   * Takes the memory over, so that it holds on when the request is closed: whoever takes it releases it. Slices of
   * its slabs outlive `closed` then.
   */
  takeMemory(): RequestMemory {
    this.isMemoryTaken = true;
    return this.memory;
  }

  /**
   * Aborted when the request is closed, before its memory is given back. Never read a slab after
   * `release()`: check `closed.aborted` before each access.
   */
  get closed(): AbortSignal {
    return this.signals.get('closed');
  }

  /** Aborted when the request is closed or its deadline has passed; the reason says which. */
  get signal(): AbortSignal {
    return this.signals.get('ended');
  }

  /**
   * As `signal`, but aborted as well when the client hangs up and nothing is kept for it: nothing that costs
   * may be begun from then on, even where what has begun goes on.
   */
  get beginnings(): AbortSignal {
    return this.signals.get('beginnings');
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

  /** The same for when nobody reads the response any more, which may be before the request is closed. */
  onLeft(listener: () => void): () => void {
    if (this.hasLeft) {
      listener();
      return () => undefined;
    }
    this.leavers.add(listener);
    return () => {
      this.leavers.delete(listener);
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
    // They may decide that work outlives the client.
    for (const listener of this.leavers) {
      listener();
    }
    this.leavers.clear();
    if (this.recorder === undefined) {
      this.signals.forbidBeginnings();
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
    // Readers of slabs stop before the slabs are given back.
    this.signals.close();
    if (!this.isMemoryTaken) {
      this.lazyMemory?.release();
    }
    // What is kept for a retry keeps its request, which must not keep 100 MB of it that are counted no more.
    this.request.body = undefined;
    this.resources.held.delete(this);
    for (const listener of this.listeners) {
      listener();
    }
    this.listeners.clear();
  }
}
