import type { ServerResponse } from 'node:http';

/**
 * The size of one write, in bytes: enough for a whole response of the usual size. Each further
 * write is a system call and wakes the client again. In pieces of 192 KiB, a response of 1.5 MB
 * took 0.1 ms more CPU. The kernel initially takes less than 3 MB, so larger pieces would only lie
 * in the socket.
 */
export const PIECE_BYTES = 2 * 1024 * 1024;

/**
 * Writes chunks as fast as the client reads. Chunks are slices of slabs, which must not be read
 * once the response is closed.
 *
 * @returns whether all were written before the client had gone
 */
export async function writeInPieces(
  response: ServerResponse,
  chunks: readonly Buffer[],
): Promise<boolean> {
  let piece: Buffer[] = [];
  let bytes = 0;
  for (const [index, chunk] of chunks.entries()) {
    piece.push(chunk);
    bytes += chunk.length;
    if (bytes >= PIECE_BYTES || index === chunks.length - 1) {
      if (response.closed || response.destroyed) {
        return false;
      }
      if (!writeTogether(response, piece)) {
        await drained(response);
      }
      piece = [];
      bytes = 0;
    }
  }
  return !response.closed;
}

/**
 * Corks the socket, so that all chunks are sent in one system call if it has room. Corking the
 * response would not do: from Node 22 on, a corked response with chunks reports that it is full,
 * but never that it has room again.
 */
function writeTogether(response: ServerResponse, chunks: readonly Buffer[]): boolean {
  const { socket } = response;
  socket?.cork();
  let mayContinue = true;
  for (const chunk of chunks) {
    mayContinue = response.write(chunk);
  }
  socket?.uncork();
  return mayContinue;
}

/** Resolves when the socket has room again, or the client has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
