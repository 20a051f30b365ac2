import type { Account } from '../accounts/account';
import type { ImageRecord, ImageTokens } from '../context/image-record';
import {
  costOfResponse,
  type AskedCall,
  type BilledResponse,
  type CallCost,
} from '../pricing/billed-response';
import type { PriceTable } from '../pricing/price-table';
import type { TokenCounts } from '../pricing/token-counts';

/** The facts about an image that are known before the call. */
export interface TalliedTask extends AskedCall {
  readonly aspectRatio?: string | undefined;
}

/**
 * Sums the cost of all calls for one image. Every response that Google counts is billed, including
 * one without an image. A call without a response counts as free: Google does not bill errors, and
 * the cost of aborted calls is unknown.
 */
export class ImageTally {
  private attempts = 0;
  private account = '';
  private microUsd = 0;
  private listMicroUsd = 0;
  private tokens: ImageTokens | undefined;
  private last: CallCost | undefined;
  private readonly startedAt = performance.now();

  constructor(
    private readonly task: TalliedTask,
    private readonly prices: PriceTable,
  ) {}

  /** A call begins; its response, if one comes, is added later. */
  begin({ email }: Account): void {
    this.attempts += 1;
    this.account = email;
  }

  /**
   * The emulator's images are free, but have a list price all the same.
   *
   * @returns the tokens of this response
   */
  add({ provider }: Account, billed: BilledResponse | undefined): TokenCounts | undefined {
    if (billed === undefined) {
      return undefined;
    }
    const cost = costOfResponse(this.task, billed, this.prices);
    this.last = cost;
    this.listMicroUsd += cost.microUsd;
    this.microUsd += provider === 'emulator' ? 0 : cost.microUsd;
    this.tokens = sumOf(this.tokens, cost.tokens);
    return cost.counts;
  }

  /** Undefined if no account was leased. */
  record(outcome: ImageRecord['outcome']): ImageRecord | undefined {
    if (this.attempts === 0) {
      return undefined;
    }
    const { task, last } = this;
    return {
      at: Date.now(),
      account: this.account,
      model: last?.model ?? task.model,
      imageSize: task.imageSize,
      aspectRatio: task.aspectRatio,
      serviceTier: last?.serviceTier ?? task.serviceTier,
      tokens: this.tokens,
      microUsd: this.microUsd,
      listMicroUsd: this.listMicroUsd,
      outcome,
      attempts: this.attempts,
      ms: Math.round(performance.now() - this.startedAt),
    };
  }
}

function sumOf(a: ImageTokens | undefined, b: ImageTokens | undefined): ImageTokens | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return {
    textInput: a.textInput + b.textInput,
    imageInput: a.imageInput + b.imageInput,
    textOutput: a.textOutput + b.textOutput,
    imageOutput: a.imageOutput + b.imageOutput,
  };
}
