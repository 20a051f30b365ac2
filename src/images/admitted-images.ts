import {
  defer,
  from,
  mergeMap,
  takeUntil,
  throwIfEmpty,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import { ClientGoneError } from '../context/client-gone.error';
import type { RequestContext } from '../context/request-context';
import type { ImagePlan } from '../mapping/image-plan';
import type { Reservation } from '../memory/memory-budget';
import { expectedBytes } from './expected-bytes';

/**
 * Subscribes to the images once memory for them is reserved, and unsubscribes when the client
 * disconnects: no money is spent on images that could not be held. A plan without calls waits for
 * nothing.
 */
export function whenAdmitted<T>(
  plan: ImagePlan,
  context: RequestContext,
  run: (reservation: Reservation | undefined) => Observable<T>,
): Observable<T> {
  return defer(() => {
    if (plan.n === 0) {
      return run(undefined);
    }
    const reservation = context.memory.reserve({
      kind: 'responses',
      bytes: expectedBytes(plan),
      weight: plan.n,
      signal: context.newCalls,
    });
    return reservation instanceof Promise
      ? from(reservation).pipe(mergeMap(run))
      : run(reservation);
  }).pipe(untilClosed(context));
}

/** Ends a source when its request closes; it fails if it has emitted nothing by then. */
export function untilClosed<T>({ whenClosed }: RequestContext): MonoTypeOperatorFunction<T> {
  return (source) =>
    source.pipe(
      takeUntil(whenClosed),
      throwIfEmpty(() => new ClientGoneError()),
    );
}
