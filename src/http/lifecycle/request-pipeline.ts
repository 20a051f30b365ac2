import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The number of requests of one connection that are served concurrently. A client may send any
 * number without waiting for a response (RFC 9112, 9.3.2). Node starts them all, and each takes
 * 22 KB while it is in progress: 10,000 of them, 2 MB of text, took 250 MB.
 */
export const MAX_CONCURRENT = 8;

/**
 * Once this many requests wait, the connection is no longer read: Node has parsed them, which takes
 * memory too.
 */
export const MAX_WAITING = 64;

const PIPELINE = Symbol('easel.pipeline');

/** Not in a WeakMap by socket: see decision 28. */
interface WithPipeline extends Socket {
  [PIPELINE]?: RequestPipeline;
}

interface WaitingRequest {
  readonly response: ServerResponse;
  readonly start: () => void;
}

/** The requests of one connection, in order of arrival. */
class RequestPipeline {
  private active = 0;
  private waiting: WaitingRequest[] = [];
  private isPaused = false;
  private isWatched = false;

  constructor(private readonly socket: Socket) {}

  enter(response: ServerResponse, start: () => void): void {
    if (this.active < MAX_CONCURRENT) {
      this.start({ response, start });
      return;
    }
    this.waiting.push({ response, start });
    if (this.waiting.length >= MAX_WAITING && !this.isPaused) {
      this.isPaused = true;
      this.keepPaused();
      this.socket.pause();
    }
  }

  /**
   * Node resumes the connection whenever a request's body is read. While requests wait, those that
   * are served have arrived completely, so none of them needs it.
   */
  private keepPaused(): void {
    if (this.isWatched) {
      return;
    }
    this.isWatched = true;
    this.socket.on('resume', () => {
      if (!this.isPaused) {
        return;
      }
      if (this.socket.isPaused()) {
        // It was paused before its `resume` took effect, and is being read all the same. `pause`
        // would do nothing; this is the event by which it makes Node's HTTP server stop reading.
        this.socket.emit('pause');
      } else {
        this.socket.pause();
      }
    });
  }

  private start({ response, start }: WaitingRequest): void {
    this.active += 1;
    // A response that never finishes has lost its connection, and the waiting requests with it.
    response.once('finish', () => {
      this.leave();
    });
    start();
  }

  private leave(): void {
    this.active -= 1;
    if (!this.socket.writable) {
      // The client hung up, or was told that the connection closes: it resends the rest elsewhere.
      this.waiting = [];
      return;
    }
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.start(next);
    }
    if (this.isPaused && this.waiting.length < MAX_WAITING / 2) {
      this.isPaused = false;
      this.socket.resume();
    }
  }
}

/** Serves a few requests of a connection concurrently; the others wait until earlier ones have their responses. */
export function pipelined(serve: RequestListener): RequestListener {
  return (request, response) => {
    const socket: WithPipeline = request.socket;
    socket[PIPELINE] ??= new RequestPipeline(socket);
    socket[PIPELINE].enter(response, () => {
      serve(request, response);
    });
  };
}
