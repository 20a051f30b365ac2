import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { unacknowledgedBytes } from './kernel-queue';

/**
 * The maximum age of the kernel's table, in milliseconds, so that all connections share one
 * reading.
 */
const FRESH_MS = 500;

/**
 * Lets other requests have the memory of a response that its client reads slowly. Responses queued
 * behind it in a pipeline are as slow, so the decision is made per connection.
 */
export function yieldWhenSlow(response: ServerResponse): void {
  const { socket } = response.req;
  const context = contextOf(response);
  const end = context.memory.transfer({
    takenBytes: async () => {
      if (response.writableLength === 0) {
        return undefined;
      }
      // On systems that do not report it: what the kernel has accepted.
      const unacknowledged = (await unacknowledgedBytes(socket, FRESH_MS)) ?? 0;
      return socket.bytesWritten - socket.writableLength - unacknowledged;
    },
    cutOff: (bytesPerSecond) => {
      context.log.warn(
        { bytesPerSecond: Math.round(bytesPerSecond) },
        'slow client disconnected: other requests are waiting for its memory',
      );
      socket.destroy();
    },
  });
  context.onLeft(end);
}
