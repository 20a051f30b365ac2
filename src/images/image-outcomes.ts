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

/** Has one image made, or adopts it from an abandoned request of the same client. */
@Injectable()
export class ImageOutcomes {
  constructor(
    private readonly attempt: ImageAttempt,
    private readonly abandoned: AbandonedImages,
    private readonly limits: ConsumerLimits,
  ) {}

  /** The images that a request has adopted, by index. */
  adoptedBy(context: RequestContext): ReadonlyMap<number, OngoingImage<Generated>> {
    return this.abandoned.adoptedBy(context);
  }

  /**
   * The outcome of one image, always as a value: an error would cancel its siblings in forkJoin.
   */
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
          // A listener for streamed text has not seen any of this text.
          task.onText?.(image.text);
        }
        return of<ImageOutcome>({ ok: true, image });
      }),
    );
  }

  /** The adopted image failed, so it was not counted either. */
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
