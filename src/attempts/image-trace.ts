import type { Account } from '../accounts/account';
import type { AppConfig } from '../config/app-config';
import { shownAccount } from '../config/shown-account';
import { toUsd, type ImageRecord } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { TraceSpan } from '../tracing/trace-span';
import { accountAttributes, responseAttributes } from './call-attributes';
import type { BilledResponse } from '../pricing/billed-response';
import type { TokenCounts } from '../pricing/token-counts';

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
  private waitedMs = 0;
  private waitsSince = performance.now();

  private constructor(
    private readonly task: TracedTask,
    private readonly span: TraceSpan,
    private readonly accountHeader: AppConfig['server']['accountHeader'],
  ) {}

  static begin(
    task: TracedTask,
    { trace }: Pick<RequestContext, 'trace'>,
    { server }: AppConfig,
  ): ImageTrace | undefined {
    if (trace?.isRecorded !== true) {
      return undefined;
    }
    const { index, model, imageSize, aspectRatio } = task;
    const span = trace.part('image', {
      'easel.image.index': index,
      'gen_ai.request.model': model,
      'easel.image.size': imageSize,
      'easel.image.aspect_ratio': aspectRatio,
    });
    return new ImageTrace(task, span, server.accountHeader);
  }

  /** An account is leased, and its call begins. */
  beginCall(account: Account): void {
    const waitedMs = performance.now() - this.waitsSince;
    this.waitedMs += waitedMs;
    const shown = shownAccount(account.email, this.accountHeader);
    this.span.event('account leased', {
      'easel.account': shown,
      'easel.wait_ms': Math.round(waitedMs),
    });
    const operation = this.task.isFree === true ? 'count_tokens' : 'generate_content';
    this.call = this.span.call(`${operation} ${this.task.model}`, {
      'gen_ai.operation.name': operation,
      'gen_ai.request.model': this.task.model,
      'gen_ai.output.type': this.task.isFree === true ? undefined : 'image',
      'http.request.method': 'POST',
      'http.request.resend_count': this.calls === 0 ? undefined : this.calls,
      'easel.account': shown,
    });
    this.call.set(accountAttributes(account, this.task.model));
    this.calls += 1;
  }

  /**
   * @param ending undefined if the request ended first
   * @param counts the response's tokens
   */
  endCall(ending: TracedEnding | undefined, counts: TokenCounts | undefined): void {
    const { call } = this;
    if (ending === undefined) {
      call?.set({ 'error.type': 'abandoned' });
      call?.end('abandoned');
    } else {
      const { failure, billed } = ending;
      if (billed !== undefined) {
        const { modelVersion, finishReasons } = billed;
        call?.set(() => responseAttributes({ modelVersion, finishReasons, counts }));
      }
      if (failure !== undefined) {
        call?.set({ 'error.type': failure.kind });
      }
      call?.end(failure?.reason);
    }
    this.call = undefined;
  }

  /** A retry will follow after this delay. */
  repeat({ kind, reason }: GeminiFailure, afterMs: number): void {
    this.span.event('call repeated', {
      'error.type': kind,
      'easel.reason': reason,
      'easel.wait_ms': afterMs,
    });
    this.waitsSince = performance.now() + afterMs;
  }

  /** @param record undefined if no account was leased */
  end(record: ImageRecord | undefined, outcome: ImageRecord['outcome']): void {
    const fault = outcome === 'made' ? undefined : outcome;
    this.span.set({
      'easel.image.attempts': this.calls,
      'easel.image.waited_ms': Math.round(this.waitedMs),
      'easel.account': record && shownAccount(record.account, this.accountHeader),
      'easel.cost_usd': record && toUsd(record.microUsd),
      'error.type': fault,
    });
    this.span.end(fault);
  }
}
