import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { writeInPieces } from './write-in-pieces';

/**
 * Writes to a response in order and at the client's pace, and queues what the client cannot take
 * yet. Chunks may be slices of slabs and are released once they are sent.
 */
export class PacedWriter {
  private readonly queue: (readonly Buffer[])[] = [];
  private isAtWork = false;
  private isEnded = false;

  /** @param onIdle called whenever the queue is empty */
  constructor(
    private readonly response: ServerResponse,
    private readonly onIdle: () => void = () => undefined,
  ) {}

  /** Whether the client has yet to take some of the data. */
  get isWriting(): boolean {
    return this.isAtWork;
  }

  write(chunks: readonly Buffer[]): void {
    // A pipelined response never emits `close`; the request's context knows that the client has
    // gone.
    if (contextOf(this.response).hasLeft) {
      return;
    }
    this.queue.push(chunks);
    if (!this.isAtWork) {
      void this.writeQueue();
    }
  }

  /** Ends the response once everything is written. */
  end(): void {
    this.isEnded = true;
    this.finish();
  }

  private async writeQueue(): Promise<void> {
    this.isAtWork = true;
    for (let chunks = this.queue.shift(); chunks !== undefined; chunks = this.queue.shift()) {
      if (!(await writeInPieces(this.response, chunks))) {
        this.queue.length = 0;
        return;
      }
    }
    this.isAtWork = false;
    this.onIdle();
    this.finish();
  }

  private finish(): void {
    if (this.isEnded && !this.isAtWork) {
      this.response.end();
    }
  }
}
