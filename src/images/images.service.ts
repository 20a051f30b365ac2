import { setMaxListeners } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  takeUntil,
  type Subscriber,
} from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import type { ImagePlan } from '../mapping/image-plan';
import type { ImageRequestFields } from '../mapping/image-request';
import { MappingService } from '../mapping/mapping.service';
import { integerAboveMax } from './dto/field-rules';
import type { GeneratedImage } from './generated-image';
import { ImageAttempt, type AttemptContext } from './image-attempt';
import type { ImageProgress } from './image-events';
import { gravest, mergeImages, type ImageOutcome } from './merged-images';

/** What the images need to know of the client that asks for them. */
export interface ImageClient {
  /** The account that the client wants and no other. */
  readonly pinnedEmail: string | undefined;
  /** Whatever stays the same for one end user. */
  readonly stickyKey: string | undefined;
  /** Emits when the client hangs up. */
  readonly gone: Observable<void>;
}

/** Plans a request, fans it out into n images and merges what came back. */
@Injectable()
export class ImagesService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly mapping: MappingService,
    private readonly attempt: ImageAttempt,
    private readonly log: PinoLogger,
  ) {
    this.log.setContext(ImagesService.name);
  }

  /**
   * All that can be said about a generation before any money is spent.
   *
   * @throws GatewayError for what cannot be done
   */
  plan(fields: ImageRequestFields): ImagePlan {
    const { maxImagesPerRequest } = this.config.images;
    const plan = this.mapping.planGeneration(fields);
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

  /**
   * Makes the n images at the same time, each on its own. Emits those that came, once; completes
   * without a value when the client goes first.
   *
   * @throws GatewayError (as the observable's error) when not one image came
   */
  generate(plan: ImagePlan, client: ImageClient): Observable<readonly GeneratedImage[]> {
    return this.forClient(plan, client, (contexts) =>
      forkJoin(contexts.map((context) => this.outcome(plan, context))).pipe(map(mergeImages)),
    );
  }

  /**
   * Makes the same images, but emits each as soon as it is there, after its interim images.
   *
   * @throws GatewayError (as the observable's error) once it is clear that not one comes
   */
  stream(plan: ImagePlan, client: ImageClient): Observable<ImageProgress> {
    return this.forClient(plan, client, (contexts) => {
      const errors: GatewayError[] = [];
      const images = contexts.map((context) =>
        this.progress(plan, context, (error) => errors.push(error)),
      );
      return concat(
        merge(...images),
        defer(() => {
          if (errors.length === images.length) {
            throw gravest(errors);
          }
          return EMPTY;
        }),
      );
    });
  }

  /** Runs n images, each with a context of its own, until the client goes. */
  private forClient<T>(
    plan: ImagePlan,
    { pinnedEmail, stickyKey, gone }: ImageClient,
    run: (contexts: readonly AttemptContext[]) => Observable<T>,
  ): Observable<T> {
    return this.withDeadline((ends) =>
      run(
        Array.from({ length: plan.n }, (_, index) => ({ pinnedEmail, stickyKey, index, ...ends })),
      ),
    ).pipe(takeUntil(gone));
  }

  /** One image with its interim images; it holds no more of them than the one at hand. */
  private progress(
    plan: ImagePlan,
    context: AttemptContext,
    onError: (error: GatewayError) => void,
  ): Observable<ImageProgress> {
    return new Observable((subscriber) =>
      this.outcome(plan, {
        ...context,
        onPartial: (image) => {
          subscriber.next({ kind: 'partial', image });
        },
      })
        .pipe(
          mergeMap((outcome): readonly ImageProgress[] => {
            if (outcome.ok) {
              return [{ kind: 'completed', image: outcome.image }];
            }
            onError(outcome.error);
            return [];
          }),
        )
        .subscribe(subscriber),
    );
  }

  /** One image, as a value in every case: an error here would cancel its siblings in forkJoin. */
  private outcome(plan: ImagePlan, context: AttemptContext): Observable<ImageOutcome> {
    return defer(() => this.attempt.run(plan, context)).pipe(
      map((image): ImageOutcome => ({ ok: true, image })),
      catchError((cause: unknown) =>
        of<ImageOutcome>({ ok: false, error: this.told(cause, context) }),
      ),
    );
  }

  /** Logs why an image is missing. Where the client has gone, nobody asks any more. */
  private told(cause: unknown, context: AttemptContext): GatewayError {
    const error =
      cause instanceof GatewayError ? cause : new GatewayError({ kind: 'internal' }, { cause });
    if (error.fault.kind === 'internal') {
      this.log.error({ err: cause, image: context.index }, 'a fault of our own');
    } else {
      this.log.warn(
        { image: context.index, account: error.accountEmail, reason: error.reason },
        'an image could not be made',
      );
    }
    return error;
  }

  /**
   * Runs something under two signals: one is aborted when nobody is subscribed any more, the other
   * then as well, and before that when the request's time is up, with the timeout as its reason.
   */
  private withDeadline<T>(
    run: (ends: Pick<AttemptContext, 'signal' | 'gone' | 'deadlineAt'>) => Observable<T>,
  ): Observable<T> {
    const { requestDeadlineMs } = this.config.images;
    return new Observable((subscriber: Subscriber<T>) => {
      const ended = new AbortController();
      const gone = new AbortController();
      // Every image listens, more than the ten that Node takes for a leak.
      setMaxListeners(0, ended.signal, gone.signal);
      const timer = setTimeout(() => {
        ended.abort(
          new GatewayError(
            {
              kind: 'upstream_timeout',
              message: 'The request could not be completed within its deadline.',
            },
            { reason: 'deadline' },
          ),
        );
      }, requestDeadlineMs);
      const subscription = run({
        signal: ended.signal,
        gone: gone.signal,
        deadlineAt: Date.now() + requestDeadlineMs,
      }).subscribe(subscriber);
      return () => {
        clearTimeout(timer);
        subscription.unsubscribe();
        ended.abort(CLIENT_GONE);
        gone.abort(CLIENT_GONE);
      };
    });
  }
}

/** The reason of an abort after which nobody is waiting. */
const CLIENT_GONE = new Error('nobody waits for this image any more');
