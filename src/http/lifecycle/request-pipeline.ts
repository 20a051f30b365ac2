import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * So many requests of one connection are served at the same time. A client may send any number without waiting for a
 * response (RFC 9112, 9.3.2). Node begins them all, and each takes 22 KB while it is at work: 10,000 of them, 2 MB of
 * text, took 250 MB.
 */
export const MAX_AT_WORK = 8;

/** Past so many that wait for their turn, the connection is not read: Node has parsed them, which takes memory too. */
export const MAX_WAITING = 64;

interface WaitingRequest {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

/** The requests of one connection, in the order in which they have come. */
class RequestPipeline {
  private atWork = 0;
  private waiting: WaitingRequest[] = [];
  private isPaused = false;

  constructor(private readonly socket: Socket) {}

  enter(response: ServerResponse, begin: () => void): void {
    if (this.atWork < MAX_AT_WORK) {
      this.begin({ response, begin });
      return;
    }
    this.waiting.push({ response, begin });
    if (this.waiting.length >= MAX_WAITING) {
      this.isPaused = true;
      // In the next tick: if a socket is paused before its `resume` has taken effect, it reads on.
      process.nextTick(() => {
        if (this.isPaused) {
          this.socket.pause();
        }
      });
    }
  }

  private begin({ response, begin }: WaitingRequest): void {
    this.atWork += 1;
    // A response that never finishes has lost its connection, and all others with it.
    response.once('finish', () => {
      this.leave();
    });
    begin();
  }

  private leave(): void {
    this.atWork -= 1;
    if (!this.socket.writable) {
      // The client has gone, or was told that the connection ends here: it sends the rest again elsewhere.
      this.waiting = [];
      return;
    }
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.begin(next);
    }
    if (this.isPaused && this.waiting.length < MAX_WAITING / 2) {
      this.isPaused = false;
      this.socket.resume();
    }
  }
}

/** Serves a few requests of a connection at a time, and the others when those before them have their responses. */
export function inPipeline(serve: RequestListener): RequestListener {
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
