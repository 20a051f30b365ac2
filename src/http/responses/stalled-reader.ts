import type { ServerResponse } from 'node:http';
import { contextOf } from '../../context/request-contexts';
import { acceptedBytes } from './accepted-bytes';
import { unacknowledgedBytes } from './kernel-queue';
import { isStalled, REMEMBERED_MS, type ReaderSample } from './reader-pace';

/** How often to check that a client still reads, in milliseconds. */
const CHECK_INTERVAL_MS = 15_000;

/**
 * Disconnects a client that has stopped reading. It would hold its memory for ever, and keep the
 * process from exiting. A client that reads slowly stays connected, because its response is paid
 * for.
 *
 * @param lookMs only tests change it
 * @param clock in milliseconds
 */
export function dropWhenStalled(
  response: ServerResponse,
  checkIntervalMs = CHECK_INTERVAL_MS,
  clock: () => number = () => performance.now(),
): void {
  const context = contextOf(response);
  let looks: ReaderSample[] = [];
  const look = async (): Promise<void> => {
    const { socket } = response;
    if (socket === null || response.writableLength === 0) {
      // There is nothing to read.
      looks = [];
      return;
    }
    const unacknowledged = await unacknowledgedBytes(socket, checkIntervalMs / 15);
    const atMs = clock();
    looks = looks.filter((earlier) => atMs - earlier.atMs <= REMEMBERED_MS + 2 * checkIntervalMs);
    looks.push({
      atMs,
      acceptedBytes: acceptedBytes(socket),
      unacknowledgedBytes: unacknowledged,
    });
    if (isStalled(looks)) {
      context.log.info({}, 'client disconnected: it stopped reading');
      response.destroy();
    }
  };
  const timer = setInterval(() => void look(), checkIntervalMs).unref();
  // Not the response's own event: a response queued in a pipeline never emits `close`.
  context.onLeft(() => {
    clearInterval(timer);
  });
}
