import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { writeInPieces } from './write-in-pieces';

/**
 * Writes to a response in order and at the client's own pace: what it cannot take yet waits here. Chunks may be
 * slices of slabs, and are let go of when they are out.
 */
export class PacedWriter {
  private readonly queue: (readonly Buffer[])[] = [];
  private isAtWork = false;
  private isEnded = false;

  /** @param onIdle called whenever all that was given is written */
  constructor(
    private readonly response: ServerResponse,
    private readonly onIdle: () => void = () => undefined,
  ) {}

  /** Whether the client has yet to take some of it. */
  get isWriting(): boolean {
    return this.isAtWork;
  }

  write(chunks: readonly Buffer[]): void {
    // The response of a pipelined request never closes, its context knows.
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
