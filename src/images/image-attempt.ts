import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Account } from '../accounts/account';
import { AccountPoolService } from '../accounts/account-pool.service';
import type { Lease } from '../accounts/lease';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import { GeminiClient } from '../gemini/gemini.client';
import { looksLikeWholeBase64 } from '../json/base64-blob';
import type { JsonBlob } from '../json/json-blob';
import type { GeminiAnswer } from '../mapping/gemini-response';
import type { ImagePlan } from '../mapping/image-plan';
import { MappingService } from '../mapping/mapping.service';
import type { ImageUsage } from '../mapping/usage';
import { countFailure, faultOf, nextStep, NO_ATTEMPTS } from './attempt-step';
import { ImageEncoder, UnreadableImageError } from './image-encoder';
import { readImageHeader, type ImageHeader } from './image-header';

/** One image, made and paid for. */
export interface GeneratedImage {
  /** The image in base64. */
  readonly data: JsonBlob;
  readonly header: ImageHeader;
  readonly usage: ImageUsage | undefined;
  readonly accountEmail: string;
  readonly provider: Account['provider'];
}

/** What an image needs to know of the request that it is a part of. */
export interface AttemptContext {
  /** Its place in the answer, from 0. */
  readonly index: number;
  readonly pinnedEmail: string | undefined;
  readonly stickyKey: string | undefined;
  /** Aborted when the client has gone or the deadline has passed; the reason says which. */
  readonly signal: AbortSignal;
  /** Aborted only when the client has gone. */
  readonly gone: AbortSignal;
  /** When the deadline passes, in epoch milliseconds. */
  readonly deadlineAt: number;
}

type CallResult =
  | { readonly ok: true; readonly image: GeneratedImage }
  | { readonly ok: false; readonly failure: GeminiFailure };

/** Makes one image: lease an account, call Gemini, judge the answer, try another account or give up. */
@Injectable()
export class ImageAttempt {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly mapping: MappingService,
    private readonly pool: AccountPoolService,
    private readonly gemini: GeminiClient,
    private readonly encoder: ImageEncoder,
    private readonly log: PinoLogger,
  ) {
    this.log.setContext(ImageAttempt.name);
  }

  /**
   * @throws GatewayError with the account of the last failure, if one was tried
   * @throws the signal's reason when it is aborted
   */
  async run(plan: ImagePlan, context: AttemptContext): Promise<GeneratedImage> {
    const tried = new Set<string>();
    let history = NO_ATTEMPTS;
    let accountEmail: string | undefined;
    try {
      for (;;) {
        const request = { ...context, model: plan.model, tried };
        const lease = await this.pool.lease(request);
        accountEmail = lease.account.email;
        const result = await this.call(plan, lease, context);
        if (result.ok) {
          // It is made and paid for: only a client that has gone can do without it now.
          return await this.encode(plan, result.image, context.gone);
        }
        const { failure } = result;
        tried.add(accountEmail);
        history = countFailure(history, failure);
        const step = nextStep(failure, history, {
          maxAttempts: this.config.images.maxAttemptsPerImage,
          timeLeftMs: context.deadlineAt - Date.now(),
        });
        if (step.kind === 'give_up') {
          const fault = faultOf(failure, plan, () => this.pool.refusal(request));
          throw new GatewayError(fault, { accountEmail, reason: failure.reason });
        }
        this.log.info(
          { account: accountEmail, reason: failure.reason, image: context.index },
          'an upstream call failed, another is tried where an account is left',
        );
        if (step.afterMs > 0) {
          await sleep(step.afterMs, undefined, { signal: context.signal });
        }
      }
    } catch (error) {
      throw this.withAccount(error, accountEmail, context.signal);
    }
  }

  /** One upstream call on one account; the lease is ended in every case. */
  private async call(
    plan: ImagePlan,
    lease: Lease,
    { signal }: AttemptContext,
  ): Promise<CallResult> {
    const { account } = lease;
    try {
      const reply = await this.gemini.generateContent({
        access: account,
        model: plan.model,
        body: this.mapping.toGeminiRequest(plan),
        imageOutput: plan.outputFormat && {
          format: plan.outputFormat,
          quality: plan.outputCompression,
        },
        timeoutMs: this.config.images.attemptTimeoutMs,
        signal,
      });
      const result = reply.ok ? judge(this.mapping.readAnswer(reply.answer), account) : reply;
      lease.end(result.ok ? { kind: 'image' } : { kind: 'failure', failure: result.failure });
      return result;
    } finally {
      // Only what was thrown gets here with the lease still open: nobody waits for the answer.
      lease.end({ kind: 'abandoned' });
    }
  }

  private async encode(
    plan: ImagePlan,
    image: GeneratedImage,
    gone: AbortSignal,
  ): Promise<GeneratedImage> {
    const format = plan.outputFormat ?? image.header.format;
    // Vertex AI was asked for both, so that a JPEG from there has its quality already.
    const isAsAsked =
      image.provider === 'vertex' && plan.outputFormat === 'jpeg' && format === image.header.format;
    const quality = format === 'png' || isAsAsked ? undefined : plan.outputCompression;
    if (format === image.header.format && (quality === undefined || quality === 100)) {
      return image;
    }
    try {
      const data = await this.encoder.encode(image.data, { format, quality }, gone);
      const header = readImageHeader(data);
      if (header !== undefined) {
        return { ...image, data, header };
      }
    } catch (error) {
      if (!(error instanceof UnreadableImageError)) {
        throw error;
      }
    }
    throw new GatewayError(
      {
        kind: 'upstream_error',
        message: 'The image model answered with an image that cannot be read.',
        shouldRetry: false,
      },
      { reason: 'unreadable image' },
    );
  }

  /** Adds the account to an error that has none, and puts the signal's own reason before an AbortError. */
  private withAccount(
    error: unknown,
    accountEmail: string | undefined,
    signal: AbortSignal,
  ): unknown {
    const cause: unknown = signal.aborted ? signal.reason : error;
    return cause instanceof GatewayError && cause.accountEmail === undefined
      ? new GatewayError(cause.fault, { ...cause.options, accountEmail })
      : cause;
  }
}

/** Whether an answer holds an image, and what is wrong with it where it does not. */
function judge(answer: GeminiAnswer, { email, provider }: Account): CallResult {
  switch (answer.kind) {
    case 'image': {
      const header = readImageHeader(answer.data);
      // The base64 goes on as it came, so it must be whole; its two ends are looked at, not all of it.
      return header === undefined || !looksLikeWholeBase64(answer.data)
        ? failed('no_image', 'bytes that are no image')
        : {
            ok: true,
            image: {
              data: answer.data,
              header,
              usage: answer.usage,
              accountEmail: email,
              provider,
            },
          };
    }
    case 'refused':
      return failed('refused', answer.reason);
    case 'empty':
      return failed('no_image', answer.reason);
    case 'cut_short':
      return failed('cut_short', answer.reason);
    case 'malformed':
      return failed('passing', 'an answer that is not Gemini’s');
  }
}

function failed(kind: GeminiFailure['kind'], reason: string): CallResult {
  return { ok: false, failure: { kind, reason } };
}
