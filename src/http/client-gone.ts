import type { ServerResponse } from 'node:http';
import { Observable } from 'rxjs';

/** Emits once and completes when the client hangs up, or has, before its answer is complete. */
export function clientGone(response: ServerResponse): Observable<void> {
  return new Observable((subscriber) => {
    if (response.closed) {
      // It went while its body was read: 'close' will not come a second time.
      subscriber.next();
      subscriber.complete();
      return;
    }
    const onClose = (): void => {
      // 'close' also follows an answer that was sent whole: then nobody has gone.
      if (!response.writableFinished) {
        subscriber.next();
      }
      subscriber.complete();
    };
    // A pipelined request that waits for its turn has no socket of its own yet, and its response
    // never closes; the request's does.
    const { socket } = response.req;
    // Any number of requests may be pipelined on it, more than the ten that Node takes for a leak.
    socket.setMaxListeners(0);
    response.once('close', onClose);
    socket.once('close', onClose);
    return () => {
      response.off('close', onClose);
      socket.off('close', onClose);
    };
  });
}
