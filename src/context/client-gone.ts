import type { ServerResponse } from 'node:http';
import { Observable } from 'rxjs';
import { onAnswerClosed } from './answer-closed';

/** Emits once and completes when the client hangs up, or has, before its answer is complete. */
export function clientGone(response: ServerResponse): Observable<void> {
  return new Observable((subscriber) =>
    onAnswerClosed(response, () => {
      // An answer that was sent whole closes as well: then nobody has gone.
      if (!response.writableFinished) {
        subscriber.next();
      }
      subscriber.complete();
    }),
  );
}
