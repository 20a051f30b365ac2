import type { Account } from '../accounts/account';
import type { AppConfig } from '../config/app-config';
import { shownAccount } from '../config/shown-account';
import { toUsd, type ImageRecord } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { BilledResponse } from '../pricing/billed-response';
import type { TokenCounts } from '../pricing/token-counts';
import type { TraceSpan } from '../tracing/trace-span';
import { describeCall, endedCallAttributes } from './call-attributes';

/** The facts about a task that a trace shows. */
export interface TracedTask {
  readonly model: string;
  readonly imageSize?: string | undefined;
  readonly aspectRatio?: string | undefined;
  readonly index: number;
  readonly isFree?: true;
}

/** How one upstream call ended. */
export interface TracedEnding {
  readonly failure?: GeminiFailure | undefined;
  readonly billed?: BilledResponse | undefined;
}

/**
 * The spans of one image in the request's trace: the image with its waits and retries, and below it
 * a span for each upstream call. Nothing is created if the trace is not recorded.
 */
export class ImageTrace {
  private calls = 0;
  private call: TraceSpan | undefined;
  private totalWaitMs = 0;
  private lastWaitMs = 0;
  private waitingSince: number;

  private constructor(
    private readonly task: TracedTask,
    private readonly span: TraceSpan,
    private readonly accountHeader: AppConfig['server']['accountHeader'],
  ) {
    this.waitingSince = span.startedAt;
  }

  static begin(
    task: TracedTask,
    { trace }: Pick<RequestContext, 'trace'>,
    { server }: AppConfig,
  ): ImageTrace | undefined {
    return trace?.isRecorded === true
      ? new ImageTrace(task, trace.part('image'), server.accountHeader)
      : undefined;
  }

  /**
   * An account is leased, and its call begins.
   *
   * @param startedAt by the monotonic clock, like every time here
   */
  beginCall(account: Account, startedAt: number): void {
    const operation = this.task.isFree === true ? 'count_tokens' : 'generate_content';
    const shown = shownAccount(account.email, this.accountHeader);
    const { name, shared } = describeCall(operation, this.task.model, account, shown);
    const call = this.span.call(name, shared, startedAt);
    // A timer may fire a little early.
    this.lastWaitMs = Math.max(0, startedAt - this.waitingSince);
    this.totalWaitMs += this.lastWaitMs;
    this.call = call;
    this.calls += 1;
  }

  /**
   * @param ending undefined if the request ended first
   * @param counts the response's tokens
   * @param endedAt by the monotonic clock
   */
  endCall(
    ending: TracedEnding | undefined,
    counts: TokenCounts | undefined,
    endedAt: number,
  ): void {
    const { call } = this;
    if (call === undefined) {
      return;
    }
    const isAbandoned = ending === undefined;
    const attributes = endedCallAttributes({
      waitMs: Math.round(this.lastWaitMs),
      resendCount: this.calls - 1,
      model: this.task.model,
      modelVersion: ending?.billed?.modelVersion,
      finishReasons: ending?.billed?.finishReasons,
      counts,
      errorType: isAbandoned ? 'abandoned' : ending.failure?.kind,
    });
    call.end(attributes, isAbandoned ? 'abandoned' : ending.failure?.reason, endedAt);
    this.call = undefined;
  }

  /** A retry will follow after this delay. */
  repeat({ kind, reason }: GeminiFailure, afterMs: number): void {
    const at = this.span.event('call repeated', {
      'error.type': kind,
      'easel.reason': reason,
      'easel.wait_ms': afterMs,
    });
    this.waitingSince = at + afterMs;
  }

  /** @param record undefined if no account was leased */
  end(record: ImageRecord | undefined, outcome: ImageRecord['outcome']): void {
    const { index, model, imageSize, aspectRatio } = this.task;
    const fault = outcome === 'made' ? undefined : outcome;
    const attributes = {
      'easel.image.index': index,
      'gen_ai.request.model': model,
      'easel.image.size': imageSize,
      'easel.image.aspect_ratio': aspectRatio,
      'easel.image.attempts': this.calls,
      'easel.image.waited_ms': Math.round(this.totalWaitMs),
      'easel.account': record && shownAccount(record.account, this.accountHeader),
      'easel.cost_usd': record && toUsd(record.microUsd),
      'error.type': fault,
    };
    this.span.end(attributes, fault);
  }
}
