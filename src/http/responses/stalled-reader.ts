import type { ServerResponse } from 'node:http';
import { unacknowledgedBytes } from './kernel-queue';
import { isStalled, REMEMBERED_MS, type ReaderLook } from './reader-pace';

/** How often to check that a client still reads, in milliseconds. */
const LOOK_MS = 15_000;

/**
 * Disconnects a client that has stopped reading: it would hold its memory for ever, and keep the
 * process from ending. A client that reads slowly stays, because what it reads is paid for.
 *
 * @param lookMs only tests change it
 * @param clock in milliseconds
 */
export function dropWhenStalled(
  response: ServerResponse,
  lookMs = LOOK_MS,
  clock: () => number = () => performance.now(),
): void {
  let looks: ReaderLook[] = [];
  const look = async (): Promise<void> => {
    const { socket } = response;
    if (socket === null || response.writableLength === 0) {
      // There is nothing to read.
      looks = [];
      return;
    }
    const unacknowledged = await unacknowledgedBytes(socket, lookMs / 15);
    const atMs = clock();
    looks = looks.filter((earlier) => atMs - earlier.atMs <= REMEMBERED_MS + 2 * lookMs);
    looks.push({
      atMs,
      acceptedBytes: socket.bytesWritten - socket.writableLength,
      unacknowledgedBytes: unacknowledged,
    });
    if (isStalled(looks)) {
      response.destroy();
    }
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  response.once('close', () => {
    clearInterval(timer);
  });
}
