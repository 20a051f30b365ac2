import type { ServerResponse } from 'node:http';

/**
 * Calls the listener once, when the response was sent to its last byte or its client has
 * disconnected.
 *
 * @param onEnd receives whether the response was sent completely
 */
export function onResponseEnd(response: ServerResponse, onEnd: (isWhole: boolean) => void): void {
  const { socket } = response.req;
  let isWhole = false;
  // Node emits 'finish' even if the socket died with half of the response unsent; only the socket
  // knows. Prepended, because Node's own listener detaches the socket.
  response.prependOnceListener('finish', () => {
    isWhole = !socket.destroyed && socket.errored === null;
  });
  let isOver = false;
  // A listener that is removed while its event is emitted is called all the same, and Node closes
  // the response while the socket emits 'close'.
  const onClose = (): void => {
    response.off('close', onClose);
    socket.off('close', onClose);
    if (!isOver) {
      isOver = true;
      onEnd(isWhole);
    }
  };
  response.on('close', onClose);
  // A pipelined request that waits for its turn has no socket yet: its response never closes, but
  // the connection does. Any number may wait, more than the ten listeners that Node considers a
  // leak.
  socket.setMaxListeners(0);
  socket.on('close', onClose);
}
