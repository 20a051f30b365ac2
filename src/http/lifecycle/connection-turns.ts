import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TurnShare, TurnTaker } from '../../concurrency/turn-budget';
import { BODY_TURNS } from '../bodies/body-source';

/** A connection whose first request has not arrived yet. */
class NewConnection implements TurnTaker {
  readonly isNewcomer = true;

  private isHeld = false;

  constructor(private readonly socket: Socket) {}

  hold(): void {
    this.isHeld = true;
    // In the next tick, as in `BodySource.hold`.
    process.nextTick(() => {
      if (this.isHeld) {
        this.socket.pause();
      }
    });
  }

  release(): void {
    this.isHeld = false;
    this.socket.resume();
  }
}

/**
 * Makes new connections share the turns of the event loop too. Node parses everything that a first
 * read returns, up to 64 KiB, before the body is read, and any number of connections may deliver
 * that much in one turn.
 */
export function shareTurns(server: Server): void {
  const shares = new WeakMap<Socket, TurnShare>();
  server.on('connection', (socket: Socket) => {
    const share = BODY_TURNS.join(new NewConnection(socket));
    shares.set(socket, share);
    socket.once('close', () => {
      share.leave();
    });
  });
  server.prependListener('request', ({ socket }) => {
    const share = shares.get(socket);
    if (share !== undefined) {
      shares.delete(socket);
      share.spend();
      share.leave();
    }
  });
}
