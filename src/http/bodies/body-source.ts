import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TurnBudget, type TurnShare, type TurnTaker } from '../../concurrency/turn-budget';

/** The turn budget shared by all bodies that are being received. */
export const BODY_TURNS = new TurnBudget();

/**
 * The source of a body's bytes: the request, or the decoder behind it. It pauses for two
 * independent reasons: its turn of the event loop is over, or there is no memory.
 */
export class BodySource implements TurnTaker {
  readonly isNewcomer = false;

  private share: TurnShare | undefined;
  private isHeld = false;
  private isWaitingForMemory = false;
  /** Whether the request only reads on once everything it has read was processed. */
  private isThrottled = false;

  constructor(
    private readonly request: IncomingMessage,
    readonly readable: Readable,
  ) {}

  /** Whether it is waiting for memory. */
  get isPausedForMemory(): boolean {
    return this.isWaitingForMemory;
  }

  /** From now on it shares the turns with other bodies, until it is freed. */
  join(): void {
    this.share ??= BODY_TURNS.join(this);
  }

  /** Records that a piece was processed. */
  spend(): void {
    this.share?.spend();
    this.endThrottling();
  }

  hold(): void {
    this.isHeld = true;
    this.readable.pause();
    // A paused request reads on until its buffer is full. With chunks of one byte, that is tens of
    // thousands of objects, and each call of `_read` adds as many again.
    this.isThrottled = true;
    this.request._read = () => undefined;
    // In the next tick: a socket that is paused before its `resume` has taken effect reads on.
    process.nextTick(() => {
      if (this.isHeld) {
        this.request.socket.pause();
      }
    });
  }

  release(): void {
    this.isHeld = false;
    this.endThrottling();
    this.resume();
  }

  /** Pauses until there is memory. */
  pauseForMemory(): void {
    this.isWaitingForMemory = true;
    this.readable.pause();
  }

  goOn(): void {
    this.isWaitingForMemory = false;
    this.resume();
  }

  /** Restores the request as Node created it. */
  free(): void {
    this.isHeld = false;
    this.unthrottle();
    this.share?.leave();
  }

  private resume(): void {
    if (!this.isHeld && !this.isWaitingForMemory) {
      this.readable.resume();
    }
  }

  private endThrottling(): void {
    if (this.isThrottled && !this.isHeld && this.request.readableLength === 0) {
      this.unthrottle();
    }
  }

  private unthrottle(): void {
    if (this.isThrottled) {
      this.isThrottled = false;
      // Removes the own property, so the prototype's `_read` applies again.
      delete (this.request as Partial<Pick<Readable, '_read'>>)._read;
      this.request._read(0);
    }
  }
}
