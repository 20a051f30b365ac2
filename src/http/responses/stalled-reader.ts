import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { acceptedBytes } from './accepted-bytes';
import { unacknowledgedBytes } from './kernel-queue';
import { isStalled, REMEMBERED_MS, type ReaderLook } from './reader-pace';

/** How often to look whether a client still reads, in milliseconds. */
const LOOK_MS = 15_000;

/**
 * Hangs up on a client that has stopped reading: it would hold its memory, and the process at its end, for
 * ever. One that reads slowly is let: what it reads is paid for.
 *
 * @param lookMs only tests are in a hurry
 * @param clock in milliseconds
 */
export function dropWhenStalled(
  response: ServerResponse,
  lookMs = LOOK_MS,
  clock: () => number = () => performance.now(),
): void {
  const context = contextOf(response);
  let looks: ReaderLook[] = [];
  const look = async (): Promise<void> => {
    const { socket } = response;
    if (socket === null || response.writableLength === 0) {
      // There is nothing that it could take.
      looks = [];
      return;
    }
    const unacknowledged = await unacknowledgedBytes(socket, lookMs / 15);
    const atMs = clock();
    looks = looks.filter((earlier) => atMs - earlier.atMs <= REMEMBERED_MS + 2 * lookMs);
    looks.push({
      atMs,
      acceptedBytes: acceptedBytes(socket),
      unacknowledgedBytes: unacknowledged,
    });
    if (isStalled(looks)) {
      context.log.info({}, 'client cut off: it has stopped reading');
      response.destroy();
    }
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  // Not the response's own event: one that waits for its turn in a pipeline never closes.
  context.onClosed(() => {
    clearInterval(timer);
  });
}
