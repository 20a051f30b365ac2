import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { unacknowledgedBytes } from './kernel-queue';

/** So old, in milliseconds, may what the kernel says be, so that one look at it serves all. */
const FRESH_MS = 500;

/**
 * Lets others have the memory of a response whose client takes it slowly. Responses that wait behind it in a pipeline
 * are as slow as it is, so it is the connection that counts.
 */
export function yieldWhenSlow(response: ServerResponse): void {
  const { socket } = response.req;
  const context = contextOf(response);
  const end = context.memory.transfer({
    takenBytes: async () => {
      if (response.writableLength === 0) {
        return undefined;
      }
      // Where the system does not say: what the kernel has taken on.
      const unacknowledged = (await unacknowledgedBytes(socket, FRESH_MS)) ?? 0;
      return socket.bytesWritten - socket.writableLength - unacknowledged;
    },
    cutOff: (bytesPerSecond) => {
      context.log.warn(
        { bytesPerSecond: Math.round(bytesPerSecond) },
        'slow client cut off: it holds memory that others wait for',
      );
      socket.destroy();
    },
  });
  context.onLeft(end);
}
