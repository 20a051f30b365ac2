import { Inject, Injectable } from '@nestjs/common';
import {
  concat,
  defer,
  EMPTY,
  filter,
  forkJoin,
  lastValueFrom,
  map,
  merge,
  tap,
  type Observable,
} from 'rxjs';
import { AccountPoolService } from '../accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { ImageReservation } from '../consumers/limits/image-reservation';
import { largestRequest } from '../consumers/limits/limit-status';
import type { RequestContext } from '../context/request-context';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import type { JsonBlob } from '../json/json-blob';
import { withWarnings, type ImagePlan } from '../mapping/image-plan';
import type { InputCount } from '../mapping/input-images';
import { MappingService } from '../mapping/mapping.service';
import { integerAboveMax } from './dto/field-rules';
import { untilClosed, whenAdmitted } from './admitted-images';
import type { ImageTask } from './image-attempt';
import { ImageOutcomes } from './image-outcomes';
import { logMissingInput } from './image-log';
import { stepsOfOne, type AnyStep } from './image-steps';
import { isImage, type Generated } from './generated-image';
import { tasksOf, withoutAdopted, type Admitted } from './image-tasks';
import type { ConversationOrder, ImagesOrder } from './images-order';
import { plannedOutcome, withReturned } from './images-outcome';
import type {
  ConversationResult,
  ConversationRun,
  ConversationStep,
  ImageProgress,
  ImagesRun,
} from './images-run';
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
    private readonly limits: ConsumerLimits,
    private readonly outcomes: ImageOutcomes,
  ) {}

  /**
   * Accepts an order: plans it, reads the uploaded images, and returns its images as a value or as
   * a stream of progress. The process and the request's deadline apply from here on.
   *
   * @throws GatewayError if the order cannot be carried out: a field at fault, a limit of the
   * consumer, an unusable image, or no account that could serve it
   * @throws ClientGoneError if the client disconnects first
   */
  run(order: ConversationOrder, context: RequestContext): Promise<ConversationRun>;
  run(order: ImagesOrder, context: RequestContext): Promise<ImagesRun>;
  async run(
    order: ImagesOrder | ConversationOrder,
    context: RequestContext,
  ): Promise<ImagesRun | ConversationRun> {
    const fieldsPlan = this.plan(order, context.consumer);
    context.holdShutdown();
    context.startDeadline(this.config.images.requestDeadlineMs);
    // Adopted images were counted by the request that first asked for them.
    const adopted = this.outcomes.adoptedBy(context);
    const missing = withoutAdopted({ plan: fieldsPlan, adopted });
    const limits =
      missing.n === 0
        ? ImageReservation.unlimited
        : await this.limits.reserve(context.consumer, missing, context);
    const { uploads } = order;
    const plan =
      uploads === undefined
        ? fieldsPlan
        : await this.withInputs(fieldsPlan, uploads, context, missing.n > 0);
    context.outcome.images = plannedOutcome(plan);
    const admitted = { plan, limits, adopted };
    if ('conversation' in order) {
      return order.stream
        ? { kind: 'stream', plan, progress: this.steps(admitted, context) }
        : { kind: 'whole', plan, result: this.result(admitted, context) };
    }
    return order.stream
      ? { kind: 'stream', plan, progress: this.progress(admitted, context) }
      : {
          kind: 'whole',
          plan,
          result: this.result(admitted, context).pipe(
            map(({ made }) => ({ plan, images: made.filter(isImage) })),
          ),
        };
  }

  /**
   * Plans an order as far as possible before its images are read, and before anything is reserved
   * or spent.
   *
   * @throws GatewayError for a field at fault
   */
  plan(order: ImagesOrder | ConversationOrder, consumer: RequestContext['consumer']): ImagePlan {
    const { fields } = order;
    const plan = this.fieldsPlanOf(order, consumer);
    const most = largestRequest(consumer?.limits, this.config.images.maxImagesPerRequest);
    if (plan.n > most) {
      const field = fields.names?.n ?? (fields.n === undefined ? 'batch_size' : 'n');
      throw invalidRequest(field, 'integer_above_max_value', integerAboveMax(field, most, plan.n));
    }
    return plan;
  }

  private fieldsPlanOf(
    order: ImagesOrder | ConversationOrder,
    consumer: RequestContext['consumer'],
  ): ImagePlan {
    const { fields, uploads } = order;
    if ('conversation' in order) {
      const images = uploads?.images.length ?? 0;
      return this.mapping.planConversation(fields, order.conversation, images, consumer);
    }
    return withWarnings(
      uploads === undefined
        ? this.mapping.planGeneration(fields, consumer)
        : this.mapping.planEdit(
            fields,
            { ...countOf(uploads), isGeneration: order.isGeneration },
            consumer,
          ),
      order.warnings,
    );
  }

  /** The plan with all its input images read. */
  private async withInputs(
    plan: ImagePlan,
    uploads: UploadedImages,
    context: RequestContext,
    isForCalls: boolean,
  ): Promise<ImagePlan> {
    // Reading the images would be wasted if no account could serve them afterwards.
    const refusal = isForCalls
      ? this.pool.refusal({ model: plan.model, tried: new Set(), context })
      : undefined;
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

  /** Makes the n images in parallel, each independently, and merges those that succeed. */
  private result(admitted: Admitted, context: RequestContext): Observable<ConversationResult> {
    const { plan, adopted } = admitted;
    return whenAdmitted(withoutAdopted(admitted), context, (reservation) =>
      forkJoin(tasksOf(admitted).map((task) => this.outcomes.of(task, context))).pipe(
        map(mergeImages),
        tap((made) => {
          const taken = new Set([...adopted.values()].map(({ value }) => value));
          const own = made.filter((each) => !taken.has(each));
          reservation?.settle(own.reduce((sum, each) => sum + bytesOf(each), 0));
          context.outcome.images = withReturned(context.outcome.images, made);
        }),
        map((made) => ({ plan, made })),
      ),
    );
  }

  /** Makes the same images, but emits each as soon as it is finished, after its partial images. */
  private progress(admitted: Admitted, context: RequestContext): Observable<ImageProgress> {
    return this.eachAsItComes(admitted, context, (task, next) =>
      this.outcomes.of(
        {
          ...task,
          onPartial: (image) => {
            next({ kind: 'partial', index: task.index, image });
          },
        },
        context,
      ),
    ).pipe(filter((step) => step.kind === 'partial' || step.kind === 'completed'));
  }

  /**
   * The same for a conversation, with the model's text. The text of a single call is emitted as
   * upstream sends it; with several calls in parallel the pieces would mix, so each text is emitted
   * whole.
   */
  private steps(admitted: Admitted, context: RequestContext): Observable<ConversationStep> {
    let calls = 0;
    const { plan } = admitted;
    const isSpokenLive = plan.conversation?.wantsText === true && plan.n === 1;
    return this.eachAsItComes(admitted, context, (task, next) => {
      let call = 0;
      const saySo = (text: JsonBlob): void => {
        next({ kind: 'text', text, call });
      };
      return this.outcomes
        .of(
          {
            ...task,
            onCall: (account) => {
              calls += 1;
              call = calls;
              next({ kind: 'begun', account });
            },
            ...(isSpokenLive ? { onText: saySo } : {}),
          },
          context,
        )
        .pipe(
          tap((outcome) => {
            if (!isSpokenLive && outcome.ok && outcome.image.text !== undefined) {
              saySo(outcome.image.text);
            }
          }),
        );
    }).pipe(filter((step) => step.kind !== 'partial'));
  }

  /**
   * Runs the images in parallel and emits each one's steps and then its result.
   *
   * @throws GatewayError the most actionable one, at the end, if nothing succeeded
   */
  private eachAsItComes(
    admitted: Admitted,
    context: RequestContext,
    run: (task: ImageTask, next: (step: AnyStep) => void) => Observable<ImageOutcome>,
  ): Observable<AnyStep> {
    return whenAdmitted(withoutAdopted(admitted), context, () => {
      const errors: GatewayError[] = [];
      const images = tasksOf(admitted).map((task) =>
        stepsOfOne(
          task.index,
          (next) => run(task, next),
          (error) => errors.push(error),
        ),
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
        if (step.kind === 'completed' || step.kind === 'text-only') {
          const made = step.kind === 'completed' ? step.image : step.words;
          context.outcome.images = withReturned(context.outcome.images, [made]);
        }
      }),
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

function bytesOf(made: Generated): number {
  return (isImage(made) ? made.data.byteLength : 0) + (made.text?.byteLength ?? 0);
}
