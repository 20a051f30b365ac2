import type { ServerResponse } from 'node:http';

/**
 * Calls the listener once, when the response was sent to its last byte or its client has gone.
 *
 * @param onEnd told whether it was sent whole
 */
export function onResponseEnd(response: ServerResponse, onEnd: (isWhole: boolean) => void): void {
  const { socket } = response.req;
  let isWhole = false;
  // Node emits 'finish' even if the socket died with half of the response unsent; only the socket
  // knows. Prepended, because Node's own listener detaches the socket.
  response.prependOnceListener('finish', () => {
    isWhole = !socket.destroyed && socket.errored === null;
  });
  const onClose = (): void => {
    response.off('close', onClose);
    socket.off('close', onClose);
    onEnd(isWhole);
  };
  response.on('close', onClose);
  // A pipelined request that waits for its turn has no socket of its own yet: its response never
  // closes, the connection does. Any number may wait, more than the ten that Node takes for a leak.
  socket.setMaxListeners(0);
  socket.on('close', onClose);
}
