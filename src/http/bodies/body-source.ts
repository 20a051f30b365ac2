import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TurnBudget, type TurnTaker } from '../../concurrency/turn-budget';

/** The turns of the event loop, shared by all bodies that arrive. */
export const BODY_TURNS = new TurnBudget();

/**
 * The source of a body's bytes: its request, or the decoder behind it. It pauses for two
 * independent reasons: the turn is over, or there is no room in memory.
 */
export class BodySource implements TurnTaker {
  readonly isNewcomer = false;

  private isHeld = false;
  private isWaitingForRoom = false;
  /** Whether the request reads on only after everything that it has read was processed. */
  private isThrottled = false;

  constructor(
    private readonly request: IncomingMessage,
    readonly readable: Readable,
  ) {}

  /** Whether it waits for room. */
  get isPutOff(): boolean {
    return this.isWaitingForRoom;
  }

  /** Records that a piece has been processed. */
  spend(): void {
    BODY_TURNS.spend(this);
    this.endThrottling();
  }

  hold(): void {
    this.isHeld = true;
    this.readable.pause();
    // A request that is only paused reads on until its buffer is full. In chunks of one byte, that
    // takes tens of thousands of objects, and each call of `_read` brings as many again.
    this.isThrottled = true;
    this.request._read = () => undefined;
    // In the next tick: if a socket is paused before its `resume` has taken effect, it reads on.
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

  /** Stops until there is room for more. */
  putOff(): void {
    this.isWaitingForRoom = true;
    this.readable.pause();
  }

  goOn(): void {
    this.isWaitingForRoom = false;
    this.resume();
  }

  /** Restores the request as Node made it. */
  free(): void {
    this.isHeld = false;
    this.unthrottle();
  }

  private resume(): void {
    if (!this.isHeld && !this.isWaitingForRoom) {
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
      // Without it, the prototype's applies again.
      delete (this.request as Partial<Pick<Readable, '_read'>>)._read;
      this.request._read(0);
    }
  }
}
