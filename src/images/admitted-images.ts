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
 * Runs the images once there is memory for them, until the client goes: no money is spent on what could
 * not be held, and nothing is waited for where nothing is asked for.
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
      signal: context.beginnings,
    });
    return reservation instanceof Promise
      ? from(reservation).pipe(mergeMap(run))
      : run(reservation);
  }).pipe(untilClosed(context));
}

/** Ends a source with its request: it fails where it has emitted nothing by then. */
export function untilClosed<T>({ whenClosed }: RequestContext): MonoTypeOperatorFunction<T> {
  return (source) =>
    source.pipe(
      takeUntil(whenClosed),
      throwIfEmpty(() => new ClientGoneError()),
    );
}
