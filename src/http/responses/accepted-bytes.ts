import type { Socket } from 'node:net';

/**
 * libuv's counters for a socket. Node reads them too, to tell a slow connection from a dead one
 * (`Socket._onTimeout`).
 */
interface StreamHandle {
  /** All bytes that were written. */
  readonly bytesWritten: number;
  /** The bytes that the kernel has not accepted yet. */
  readonly writeQueueSize: number;
}

/**
 * How many bytes of a connection the kernel has accepted. A socket itself counts a write only once
 * all of it is accepted; that count is the fallback if Node has no such handle.
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
