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
    response.once('close', onClose);
    return () => {
      response.off('close', onClose);
    };
  });
}
