import { Injectable } from '@nestjs/common';
import { catchError, defer, from, map, mergeMap, of, type Observable } from 'rxjs';
import { toLoggedError } from '../attempts/logged-error';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import type { RequestContext } from '../context/request-context';
import { AbandonedImages } from '../idempotency/abandoned-images';
import type { OngoingImage } from '../idempotency/ongoing-image';
import { isImage, slicesOf, type Generated } from './generated-image';
import { ImageAttempt, type ImageTask } from './image-attempt';
import type { ImageOutcome } from './merged-images';

/** Has one image made, or takes it over from a request of the same client's that it has given up. */
@Injectable()
export class ImageOutcomes {
  constructor(
    private readonly attempt: ImageAttempt,
    private readonly abandoned: AbandonedImages,
    private readonly limits: ConsumerLimits,
  ) {}

  /** What a request has taken over, by its place. */
  adoptedBy(context: RequestContext): ReadonlyMap<number, OngoingImage<Generated>> {
    return this.abandoned.adoptedBy(context);
  }

  /** One image, as a value in every case: an error here would cancel its siblings in forkJoin. */
  of(task: ImageTask, context: RequestContext): Observable<ImageOutcome> {
    const adopted = this.adoptedBy(context).get(task.index);
    return adopted === undefined ? this.made(task, context) : this.adopted(adopted, task, context);
  }

  private made(task: ImageTask, context: RequestContext): Observable<ImageOutcome> {
    const ongoing = this.abandoned.image<Generated>(context, task.index);
    const watched: ImageTask = {
      ...task,
      cutOff: ongoing.signal,
      onCall: (account) => {
        ongoing.begin();
        task.onCall?.(account);
      },
    };
    return defer(() => this.attempt.run(watched, context)).pipe(
      map((image): ImageOutcome => {
        ongoing.succeed(image, slicesOf(image));
        if (isImage(image)) {
          context.recorder?.image(image.data, image.header.mimeType);
        }
        return { ok: true, image };
      }),
      catchError((cause: unknown) => {
        ongoing.fail();
        return this.failed(cause, task, context);
      }),
    );
  }

  private adopted(
    adopted: OngoingImage<Generated>,
    task: ImageTask,
    context: RequestContext,
  ): Observable<ImageOutcome> {
    return from(adopted.result()).pipe(
      mergeMap((image) => {
        if (image === undefined) {
          return this.madeAfterAll(task, context);
        }
        task.onCall?.({ email: image.accountEmail, provider: image.provider });
        if (image.text !== undefined) {
          // Whoever is told of words as they come has heard nothing of these.
          task.onText?.(image.text);
        }
        return of<ImageOutcome>({ ok: true, image });
      }),
    );
  }

  /** What was taken over has come to nothing, so that it was not counted either. */
  private madeAfterAll(task: ImageTask, context: RequestContext): Observable<ImageOutcome> {
    return defer(() => this.limits.reserve(context.consumer, { ...task.plan, n: 1 }, context)).pipe(
      mergeMap((limits) => this.made({ ...task, reserved: limits.image(0) }, context)),
      catchError((cause: unknown) => this.failed(cause, task, context)),
    );
  }

  private failed(
    cause: unknown,
    { index }: ImageTask,
    context: RequestContext,
  ): Observable<ImageOutcome> {
    return of({ ok: false, error: toLoggedError(cause, index, context) });
  }
}
