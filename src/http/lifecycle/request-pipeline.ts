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

interface WaitingRequest {
  readonly response: ServerResponse;
  readonly start: () => void;
}

/** The requests of one connection, in order of arrival. */
class RequestPipeline {
  private active = 0;
  private waiting: WaitingRequest[] = [];
  private isPaused = false;

  constructor(private readonly socket: Socket) {}

  enter(response: ServerResponse, start: () => void): void {
    if (this.active < MAX_CONCURRENT) {
      this.start({ response, start });
      return;
    }
    this.waiting.push({ response, start });
    if (this.waiting.length >= MAX_WAITING) {
      this.isPaused = true;
      // In the next tick: a socket that is paused before its `resume` has taken effect reads on.
      process.nextTick(() => {
        if (this.isPaused) {
          this.socket.pause();
        }
      });
    }
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
  const pipelines = new WeakMap<Socket, RequestPipeline>();
  return (request, response) => {
    const { socket } = request;
    let pipeline = pipelines.get(socket);
    if (pipeline === undefined) {
      pipeline = new RequestPipeline(socket);
      pipelines.set(socket, pipeline);
    }
    pipeline.enter(response, () => {
      serve(request, response);
    });
  };
}
