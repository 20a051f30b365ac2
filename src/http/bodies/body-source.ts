import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TurnBudget, type TurnTaker } from '../../concurrency/turn-budget';

/** The turns of the one event loop, shared by all who send. */
export const BODY_TURNS = new TurnBudget();

/**
 * Where the bytes of a body come from: its request, or the decoder behind it. It is stopped for two reasons
 * that know nothing of each other: the turn is over, or there is no room in memory.
 */
export class BodySource implements TurnTaker {
  readonly isNewcomer = false;

  private isHeld = false;
  private isWaitingForRoom = false;
  /** Whether the request reads on only when all that it has read was worked on. */
  private isThrottled = false;

  constructor(
    private readonly request: IncomingMessage,
    readonly readable: Readable,
  ) {}

  /** Whether it waits for room. */
  get isPutOff(): boolean {
    return this.isWaitingForRoom;
  }

  /** Says that a piece has been worked on. */
  spend(): void {
    BODY_TURNS.spend(this);
    this.endThrottling();
  }

  hold(): void {
    this.isHeld = true;
    this.readable.pause();
    // A request that is merely paused goes on reading until so many bytes are in its buffer. In chunks of
    // one byte these are tens of thousands of objects, and each call of `_read` brings as many again.
    this.isThrottled = true;
    this.request._read = () => undefined;
    // In the next tick: a socket whose `resume` has yet to take effect reads on when it is paused before that.
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

  /** Leaves the request as Node made it. */
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
      // Its own is the prototype's.
      delete (this.request as Partial<Pick<Readable, '_read'>>)._read;
      this.request._read(0);
    }
  }
}
