import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TurnTaker } from '../../concurrency/turn-budget';
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
  const connections = new WeakMap<Socket, NewConnection>();
  server.on('connection', (socket: Socket) => {
    const connection = new NewConnection(socket);
    connections.set(socket, connection);
    BODY_TURNS.join(connection);
    socket.once('close', () => {
      BODY_TURNS.leave(connection);
    });
  });
  server.prependListener('request', ({ socket }) => {
    const connection = connections.get(socket);
    if (connection !== undefined) {
      connections.delete(socket);
      BODY_TURNS.spend(connection);
      BODY_TURNS.leave(connection);
    }
  });
}
