import { fromEvent, map, of, take, type Observable } from 'rxjs';

/** Emits once and completes when the signal is aborted; at once where it is. */
export function whenAborted(signal: AbortSignal): Observable<void> {
  return signal.aborted
    ? of(undefined)
    : fromEvent(signal, 'abort').pipe(
        take(1),
        map(() => undefined),
      );
}
