import { setMaxListeners } from 'node:events';
import { Observable, type Subscriber } from 'rxjs';
import { GatewayError } from '../errors/gateway-error';

/** What ends the work on a request before its time. */
export interface RequestEnds {
  /** Aborted when the client has gone or the deadline has passed; the reason says which. */
  readonly signal: AbortSignal;
  /** Aborted only when the client has gone. */
  readonly gone: AbortSignal;
  /** When the deadline passes, in epoch milliseconds. */
  readonly deadlineAt: number;
}

/**
 * Runs something under two signals: one is aborted when nobody is subscribed any more, the other
 * then as well, and before that when the request's time is up, with the timeout as its reason.
 *
 * @param deadlineAt epoch milliseconds
 */
export function withDeadline<T>(
  deadlineAt: number,
  run: (ends: RequestEnds) => Observable<T>,
): Observable<T> {
  return new Observable((subscriber: Subscriber<T>) => {
    const ended = new AbortController();
    const gone = new AbortController();
    // Every image listens, more than the ten that Node takes for a leak.
    setMaxListeners(0, ended.signal, gone.signal);
    const timer = setTimeout(
      () => {
        ended.abort(deadlinePassed());
      },
      Math.max(0, deadlineAt - Date.now()),
    );
    const subscription = run({ signal: ended.signal, gone: gone.signal, deadlineAt }).subscribe(
      subscriber,
    );
    return () => {
      clearTimeout(timer);
      subscription.unsubscribe();
      ended.abort(CLIENT_GONE);
      gone.abort(CLIENT_GONE);
    };
  });
}

function deadlinePassed(): GatewayError {
  return new GatewayError(
    {
      kind: 'upstream_timeout',
      message: 'The request could not be completed within its deadline.',
    },
    { reason: 'deadline' },
  );
}

/** The reason of an abort after which nobody is waiting. */
const CLIENT_GONE = new Error('nobody waits for this image any more');
