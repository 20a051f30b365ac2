import type { ServerResponse } from 'node:http';

/**
 * Calls the listener once an answer is out to its last byte, or its client has gone; at once where
 * that has happened.
 *
 * @returns stops listening
 */
export function onAnswerClosed(response: ServerResponse, listener: () => void): () => void {
  // A pipelined request that waits for its turn has no socket of its own yet, and its response
  // never closes; the request's does.
  const { socket } = response.req;
  if (response.closed || socket.destroyed) {
    // It went while its body was read: 'close' will not come a second time.
    listener();
    return () => undefined;
  }
  const leave = (): void => {
    response.off('close', onClose);
    socket.off('close', onClose);
  };
  const onClose = (): void => {
    leave();
    listener();
  };
  // Any number of requests may be pipelined on it, more than the ten that Node takes for a leak.
  socket.setMaxListeners(0);
  response.once('close', onClose);
  socket.once('close', onClose);
  return leave;
}
