import type { Socket } from 'node:net';

/** What libuv knows of a socket. Node reads it as well, to tell a slow connection from a dead one (`Socket._onTimeout`). */
interface StreamHandle {
  /** All that was handed over. */
  readonly bytesWritten: number;
  /** What of it the kernel has yet to take. */
  readonly writeQueueSize: number;
}

/**
 * How many bytes of a connection the kernel has taken on. A socket itself counts a write only as a whole, when all of
 * it is taken, which is how this is told where Node has no such handle.
 */
export function acceptedBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & {
    readonly _handle?: Partial<StreamHandle> | null;
  };
  const { bytesWritten, writeQueueSize } = handle ?? {};
  return bytesWritten === undefined || writeQueueSize === undefined
    ? socket.bytesWritten - socket.writableLength
    : bytesWritten - writeQueueSize;
}
