import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  from,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  takeUntil,
  tap,
} from 'rxjs';
import { AccountPoolService } from '../accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import type { Reservation } from '../memory/memory-budget';
import type { RequestMemory } from '../memory/request-memory';
import type { ImagePlan } from '../mapping/image-plan';
import type { ImageRequestFields } from '../mapping/image-request';
import { MappingService } from '../mapping/mapping.service';
import { integerAboveMax } from './dto/field-rules';
import type { GeneratedImage } from './generated-image';
import { ImageAttempt, type AttemptContext } from './image-attempt';
import type { ImageProgress } from './image-events';
import { InputImagesService } from './inputs/input-images.service';
import { listParam, type SentImages } from './inputs/sent-images';
import { expectedBytes } from './expected-bytes';
import { gravest, mergeImages, type ImageOutcome } from './merged-images';
import { withDeadline } from './request-ends';

/** What the images need to know of the client that asks for them. */
export interface ImageClient {
  /** The account that the client wants and no other. */
  readonly pinnedEmail: string | undefined;
  /** Whatever stays the same for one end user. */
  readonly stickyKey: string | undefined;
  /** When its request had come in, in epoch milliseconds; the deadline counts from then. */
  readonly since: number;
  /** Emits when the client hangs up. */
  readonly gone: Observable<void>;
  /** Where the images are kept until the client has them. */
  readonly memory: RequestMemory;
  /** Writes lines that carry the request's id. */
  readonly log: Logger;
}

/** Plans a request, fans it out into n images and merges what came back. */
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
   * All that can be said about a generation before any money is spent.
   *
   * @throws GatewayError for what cannot be done
   */
  plan(fields: ImageRequestFields): ImagePlan {
    return this.withinLimits(this.mapping.planGeneration(fields), fields);
  }

  /**
   * The same of an edit or a variation; `withInputs` adds the images.
   *
   * @throws GatewayError for what cannot be done
   */
  planEdit(fields: ImageRequestFields, sent: SentImages): ImagePlan {
    const count = {
      param: listParam(sent),
      images: sent.images.length,
      hasMask: sent.mask !== undefined,
    };
    return this.withinLimits(this.mapping.planEdit(fields, count), fields);
  }

  /**
   * The plan with the images in it, all of them read. Completes without a value when the client goes
   * first.
   *
   * @throws GatewayError (as the observable's error) for an image that cannot be taken, or when no
   * account could take one
   */
  withInputs(plan: ImagePlan, sent: SentImages, client: ImageClient): Observable<ImagePlan> {
    return withDeadline(this.deadlineOf(client), ({ signal, deadlineAt }) =>
      defer(() => {
        // Reading images is work for nothing where nobody could take them afterwards.
        const refusal = this.pool.refusal({
          model: plan.model,
          tried: new Set(),
          pinnedEmail: client.pinnedEmail,
          deadlineAt,
          signal,
        });
        if (refusal !== undefined) {
          throw new GatewayError(refusal);
        }
        return this.inputs.read(sent, plan, signal);
      }),
    ).pipe(
      map((inputs) => this.mapping.withInputs(plan, inputs)),
      tap({
        error: (error: unknown) => {
          noteMissingInput(error, client.log);
        },
      }),
      takeUntil(client.gone),
    );
  }

  /**
   * Makes the n images at the same time, each on its own. Emits those that came, once; completes
   * without a value when the client goes first.
   *
   * @throws GatewayError (as the observable's error) when not one image came
   */
  generate(plan: ImagePlan, client: ImageClient): Observable<readonly GeneratedImage[]> {
    return this.forClient(plan, client, (contexts, place) =>
      forkJoin(contexts.map((context) => this.outcome(plan, context))).pipe(
        map(mergeImages),
        tap((images) => {
          place.settle(images.reduce((sum, { data }) => sum + data.byteLength, 0));
        }),
      ),
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
    client: ImageClient,
    run: (contexts: readonly AttemptContext[], place: Reservation) => Observable<T>,
  ): Observable<T> {
    const { pinnedEmail, stickyKey, gone, memory, log } = client;
    return withDeadline(this.deadlineOf(client), (ends) =>
      whenAdmitted(memory, plan, ends.signal, (place) =>
        run(
          Array.from({ length: plan.n }, (_, index) => ({
            pinnedEmail,
            stickyKey,
            memory,
            log,
            index,
            ...ends,
          })),
          place,
        ),
      ),
    ).pipe(takeUntil(gone));
  }

  private deadlineOf({ since }: ImageClient): number {
    return since + this.config.images.requestDeadlineMs;
  }

  private withinLimits(plan: ImagePlan, fields: ImageRequestFields): ImagePlan {
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
  private told(cause: unknown, { log, index }: AttemptContext): GatewayError {
    const error =
      cause instanceof GatewayError ? cause : new GatewayError({ kind: 'internal' }, { cause });
    if (error.fault.kind === 'internal') {
      log.error({ err: cause, image: index }, 'a fault of our own');
    } else {
      log.warn(
        { image: index, account: error.accountEmail, reason: error.reason },
        'an image could not be made',
      );
    }
    return error;
  }
}

/** Why an image of the request was not had, where that is more than the client is told. */
function noteMissingInput(error: unknown, log: Logger): void {
  if (error instanceof GatewayError && error.options.reason !== undefined) {
    const param = 'param' in error.fault ? error.fault.param : undefined;
    log.info({ param, reason: error.reason }, 'an image was not downloaded');
  }
}

/** Runs the images once there is memory for them: no money is spent on what could not be held. */
function whenAdmitted<T>(
  memory: RequestMemory,
  plan: ImagePlan,
  signal: AbortSignal,
  run: (place: Reservation) => Observable<T>,
): Observable<T> {
  return defer(() => {
    const place = memory.reserve({
      kind: 'answers',
      bytes: expectedBytes(plan),
      weight: plan.n,
      signal,
    });
    return place instanceof Promise ? from(place).pipe(mergeMap(run)) : run(place);
  });
}
