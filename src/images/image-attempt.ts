import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account';
import { UpstreamAttempts, type CallAttempt, type CallResult } from '../attempts/upstream-attempts';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { ReservedImage } from '../consumers/limits/image-reservation';
import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';
import type { GeminiCall } from '../gemini/gemini-call';
import { GeminiClient } from '../gemini/gemini.client';
import type { JsonBlob } from '../json/json-blob';
import type { ImagePlan } from '../mapping/image-plan';
import { MappingService } from '../mapping/mapping.service';
import { isImage, slicesOf, type Generated, type PartialImage } from './generated-image';
import { ImageFinisher } from './image-finisher';
import { PartialImages } from './partial-images';
import { toCallResult } from './call-result';
import type { GeminiResponse } from '../mapping/gemini-response';
import { standardImage } from './standard-image';
import { InputReader } from './pixels/input-reader';
import { UnreadableImageError } from './pixels/unreadable-image';

/** One of the images of a plan. */
export interface ImageTask {
  readonly plan: ImagePlan;
  /** Its position in the response, from 0. */
  readonly index: number;
  readonly reserved: ReservedImage;
  /** Called with each partial image of the plan, always before the image itself. */
  readonly onPartial?: (image: PartialImage) => void;
  /** Aborts when this image is given up while others of its request continue. */
  readonly cutOff?: AbortSignal;
  /** Called before each upstream call, once an account is leased for it. */
  readonly onCall?: (account: Pick<Account, 'email' | 'provider'>) => void;
  /** Called with each piece of the model's text as it arrives. */
  readonly onText?: (text: JsonBlob) => void;
}

/** One upstream call for an image. */
interface ImageCall extends CallAttempt {
  readonly plan: ImagePlan;
  readonly account: Account;
  readonly onText: ImageTask['onText'];
  readonly cutOff: AbortSignal | undefined;
}

/**
 * Makes one image: calls Gemini with an account that is available, reads the response, finishes the
 * image.
 */
@Injectable()
export class ImageAttempt {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly mapping: MappingService,
    private readonly attempts: UpstreamAttempts,
    private readonly gemini: GeminiClient,
    private readonly finisher: ImageFinisher,
    private readonly inputs: InputReader,
  ) {}

  /**
   * @throws GatewayError with the account of the last failure, if one was tried
   * @throws the reason of the context's signal if it is aborted
   */
  run(task: ImageTask, context: RequestContext): Promise<Generated> {
    const { plan, index, reserved, cutOff } = task;
    const { model, modelFamily, user, imageSize, aspectRatio, serviceTier } = plan;
    const partials = this.partialImages(task, context);
    const upstreamTask = {
      model,
      modelFamily,
      user,
      index,
      imageSize,
      aspectRatio,
      serviceTier,
      reserved,
      cutOff,
    };
    return this.attempts.run(upstreamTask, context, {
      call: (account, { isTokenRenewed }) => {
        task.onCall?.(account);
        const { onText } = task;
        return this.call({ plan, account, isTokenRenewed, onText, cutOff }, context, partials);
      },
      finish: async (made) => {
        const finished = await this.finish(plan, made, context);
        if (!isImage(finished)) {
          // Text does not count towards a limit of images.
          reserved.notMade();
        }
        await partials?.settled();
        return finished;
      },
    });
  }

  /** Sends partial images to the client; undefined if the request wants none. */
  private partialImages(
    { plan, onPartial }: ImageTask,
    context: RequestContext,
  ): PartialImages | undefined {
    return plan.partialImages === undefined || onPartial === undefined
      ? undefined
      : new PartialImages(
          plan.partialImages,
          (data) => this.standardImage(data, context),
          (image) => this.finisher.finish(image, plan, context),
          onPartial,
        );
  }

  /**
   * Streams from upstream only if partial images or text are wanted as they arrive: its events
   * carry nothing else before the end.
   */
  private async call(
    { plan, account, isTokenRenewed, onText, cutOff }: ImageCall,
    context: RequestContext,
    partials: PartialImages | undefined,
  ): Promise<CallResult<Generated>> {
    const { memory, signal } = context;
    const slabs = memory.slabs();
    const call = {
      access: account,
      model: plan.model,
      body: this.mapping.toGeminiRequest(plan),
      imageOutput: imageOutputOf(plan),
      isTokenRenewed,
      slabs,
      timeoutMs: this.config.images.attemptTimeoutMs,
      newCalls: context.newCalls,
      signal,
      cutOff,
    };
    const response = this.mapping.responseReader(plan.conversation?.wantsText);
    if (partials === undefined && onText === undefined) {
      const reply = await this.gemini.generateContent(call);
      const result = reply.ok
        ? await this.resultOf(response.readWhole(reply.response), account, plan, context)
        : reply;
      // Thoughts, and the content of a failed call, need not be kept.
      slabs.keepOnly(result.ok ? slicesOf(result.value) : []);
      return { ...result, billed: response.billed };
    }
    const reply = await this.gemini.streamGenerateContent(call, (event) => {
      for (const data of response.add(event)) {
        partials?.add(data, account);
      }
      const text = response.takeText();
      if (text !== undefined) {
        onText?.(text);
      }
      return response.isFinished;
    });
    const result = reply.ok ? await this.resultOf(response.end(), account, plan, context) : reply;
    return { ...result, billed: response.billed };
  }

  /** The result of a response, with its image in standard base64. */
  private async resultOf(
    response: GeminiResponse,
    account: Account,
    { model }: ImagePlan,
    context: RequestContext,
  ): Promise<CallResult<Generated>> {
    if (response.kind !== 'image') {
      return toCallResult(response, account, model);
    }
    const data = await this.standardImage(response.data, context);
    return toCallResult(
      data === undefined
        ? { kind: 'empty', reason: 'the bytes are not an image' }
        : { ...response, data },
      account,
      model,
    );
  }

  private standardImage(
    data: JsonBlob,
    context: RequestContext,
  ): JsonBlob | Promise<JsonBlob | undefined> {
    return standardImage(data, context, async (image) => {
      const { ok } = await this.inputs.read(image, context);
      return ok;
    });
  }

  /** The image is made and paid for, so only the client's disconnect stops the work now. */
  private async finish(
    plan: ImagePlan,
    made: Generated,
    context: RequestContext,
  ): Promise<Generated> {
    try {
      return isImage(made) ? await this.finisher.finish(made, plan, context) : made;
    } catch (error) {
      throw error instanceof UnreadableImageError
        ? new GatewayError(
            {
              kind: 'upstream_error',
              message: 'The image model returned an image that cannot be read.',
              shouldRetry: false,
            },
            { reason: 'unreadable image' },
          )
        : error;
    }
  }
}

/**
 * The output options for an API that has them. With a mask the image is encoded here in any case.
 */
function imageOutputOf({
  maskOverlay,
  outputFormat,
  outputCompression,
}: ImagePlan): GeminiCall['imageOutput'] {
  return maskOverlay === undefined && outputFormat !== undefined
    ? { format: outputFormat, quality: outputCompression }
    : undefined;
}
