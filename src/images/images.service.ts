import { Inject, Injectable } from '@nestjs/common';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  from,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  takeUntil,
  tap,
  throwIfEmpty,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { toLoggedError } from '../attempts/logged-error';
import { AccountPoolService } from '../accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { ClientGoneError, type RequestContext } from '../context/request-context';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import { withWarnings, type ImagePlan } from '../mapping/image-plan';
import type { InputCount } from '../mapping/input-images';
import { MappingService } from '../mapping/mapping.service';
import type { Reservation } from '../memory/memory-budget';
import { integerAboveMax } from './dto/field-rules';
import { expectedBytes } from './expected-bytes';
import { ImageAttempt, type ImageTask } from './image-attempt';
import type { ImagesOrder } from './images-order';
import { plannedOutcome, withReturned } from './images-outcome';
import type { ImageProgress, ImagesResult, ImagesRun } from './images-run';
import { InputImagesService } from './inputs/input-images.service';
import type { UploadedImages } from './inputs/uploaded-images';
import { mergeImages, mostActionableError, type ImageOutcome } from './merged-images';

/** Plans an order, fans it out into n images and merges the results, for every API. */
@Injectable()
export class ImagesService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly mapping: MappingService,
    private readonly inputs: InputImagesService,
    private readonly pool: AccountPoolService,
    private readonly attempt: ImageAttempt,
  ) {}

  /**
   * Takes an order on: plans it, reads the images that came with it, and gives its images as a value or as
   * a stream of progress. The process and the request's deadline hold from here on.
   *
   * @throws GatewayError for what cannot be done: a field at fault, an image that cannot be taken, or no
   * account that could take one
   * @throws ClientGoneError when the client goes first
   */
  async run(order: ImagesOrder, context: RequestContext): Promise<ImagesRun> {
    const fieldsPlan = this.planOf(order);
    context.holdShutdown();
    context.startDeadline(this.config.images.requestDeadlineMs);
    const { uploads } = order;
    const plan =
      uploads === undefined ? fieldsPlan : await this.withInputs(fieldsPlan, uploads, context);
    context.outcome.images = plannedOutcome(plan);
    return order.stream
      ? { kind: 'stream', plan, progress: this.progress(plan, context) }
      : { kind: 'whole', plan, result: this.result(plan, context) };
  }

  /** All that can be said about an order before its images are read. */
  private planOf({ fields, uploads, isGeneration, warnings }: ImagesOrder): ImagePlan {
    const plan = withWarnings(
      uploads === undefined
        ? this.mapping.planGeneration(fields)
        : this.mapping.planEdit(fields, { ...countOf(uploads), isGeneration }),
      warnings,
    );
    const { maxImagesPerRequest } = this.config.images;
    if (plan.n > maxImagesPerRequest) {
      const field = fields.n === undefined ? 'batch_size' : 'n';
      throw invalidRequest(
        field,
        'integer_above_max_value',
        integerAboveMax(field, maxImagesPerRequest, plan.n),
      );
    }
    return plan;
  }

  /** The plan with the images in it, all of them read. */
  private async withInputs(
    plan: ImagePlan,
    uploads: UploadedImages,
    context: RequestContext,
  ): Promise<ImagePlan> {
    // Reading the images would be wasted if no account could take them afterwards.
    const refusal = this.pool.refusal({ model: plan.model, tried: new Set(), context });
    if (refusal !== undefined) {
      throw new GatewayError(refusal);
    }
    try {
      const reading = defer(() => this.inputs.read(uploads, plan, context));
      const inputs = await lastValueFrom(reading.pipe(untilClosed(context)));
      return this.mapping.withInputs(plan, inputs);
    } catch (error) {
      logMissingInput(error, context);
      throw error;
    }
  }

  /** Makes the n images at the same time, each on its own, and merges those that came. */
  private result(plan: ImagePlan, context: RequestContext): Observable<ImagesResult> {
    return whenAdmitted(plan, context, (reservation) =>
      forkJoin(tasksOf(plan).map((task) => this.outcome(task, context))).pipe(
        map(mergeImages),
        tap((images) => {
          reservation.settle(images.reduce((sum, { data }) => sum + data.byteLength, 0));
          context.outcome.images = withReturned(context.outcome.images, images);
        }),
        map((images) => ({ plan, images })),
      ),
    );
  }

  /** Makes the same images, but emits each as soon as it is there, after its partial images. */
  private progress(plan: ImagePlan, context: RequestContext): Observable<ImageProgress> {
    return whenAdmitted(plan, context, () => {
      const errors: GatewayError[] = [];
      const images = tasksOf(plan).map((task) =>
        this.progressOfOne(task, context, (error) => errors.push(error)),
      );
      return concat(
        merge(...images),
        defer(() => {
          if (errors.length === images.length) {
            throw mostActionableError(errors);
          }
          return EMPTY;
        }),
      );
    }).pipe(
      tap((step) => {
        if (step.kind === 'completed') {
          context.outcome.images = withReturned(context.outcome.images, [step.image]);
        }
      }),
    );
  }

  /** One image with its partial images; it holds no more of them than the one at hand. */
  private progressOfOne(
    task: ImageTask,
    context: RequestContext,
    onError: (error: GatewayError) => void,
  ): Observable<ImageProgress> {
    return new Observable((subscriber) =>
      this.outcome(
        {
          ...task,
          onPartial: (image) => {
            subscriber.next({ kind: 'partial', index: task.index, image });
          },
        },
        context,
      )
        .pipe(
          mergeMap((outcome): readonly ImageProgress[] => {
            if (outcome.ok) {
              return [{ kind: 'completed', index: task.index, image: outcome.image }];
            }
            onError(outcome.error);
            return [];
          }),
        )
        .subscribe(subscriber),
    );
  }

  /** One image, as a value in every case: an error here would cancel its siblings in forkJoin. */
  private outcome(task: ImageTask, context: RequestContext): Observable<ImageOutcome> {
    return defer(() => this.attempt.run(task, context)).pipe(
      map((image): ImageOutcome => ({ ok: true, image })),
      catchError((cause: unknown) =>
        of<ImageOutcome>({ ok: false, error: toLoggedError(cause, task.index, context) }),
      ),
    );
  }
}

function countOf(uploads: UploadedImages): InputCount {
  const { images, mask, markup } = uploads;
  return {
    // `images` of `images[0].image_url`.
    param: /^\w+/.exec(images[0]?.field.param ?? '')?.[0] ?? 'image',
    images: images.length,
    hasMask: mask !== undefined,
    hasMarkup: markup !== undefined,
  };
}

function tasksOf(plan: ImagePlan): readonly ImageTask[] {
  return Array.from({ length: plan.n }, (_, index) => ({ plan, index }));
}

/**
 * Runs the images once there is memory for them, until the client goes: no money is spent on what could
 * not be held.
 */
function whenAdmitted<T>(
  plan: ImagePlan,
  context: RequestContext,
  run: (reservation: Reservation) => Observable<T>,
): Observable<T> {
  return defer(() => {
    const reservation = context.memory.reserve({
      kind: 'responses',
      bytes: expectedBytes(plan),
      weight: plan.n,
      signal: context.signal,
    });
    return reservation instanceof Promise
      ? from(reservation).pipe(mergeMap(run))
      : run(reservation);
  }).pipe(untilClosed(context));
}

/** Ends a source with its request: it fails where it has emitted nothing by then. */
function untilClosed<T>({ whenClosed }: RequestContext): MonoTypeOperatorFunction<T> {
  return (source) =>
    source.pipe(
      takeUntil(whenClosed),
      throwIfEmpty(() => new ClientGoneError()),
    );
}

/** Logs why an input image could not be fetched, if the client learns less than that. */
function logMissingInput(error: unknown, { log }: RequestContext): void {
  if (error instanceof GatewayError && error.options.reason !== undefined) {
    const param = 'param' in error.fault ? error.fault.param : undefined;
    log.info({ param, reason: error.reason }, 'image URL not fetched');
  }
}
