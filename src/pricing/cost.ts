import type { ModelPrice, PriceTable, TierFactors } from './price-table';
import type { TokenCounts } from './token-counts';

/** The facts about an upstream call that its price depends on. */
export interface PricedCall {
  readonly model: string;
  /** Undefined if the response had none. */
  readonly tokens: TokenCounts | undefined;
  /** The number of images it made. */
  readonly images: number;
  /** The `imageSize` that was sent; undefined if none was. */
  readonly imageSize: string | undefined;
  /** The requested service tier. Google's own value in `tokens` takes precedence. */
  readonly serviceTier?: string | undefined;
}

/** The size that a model makes by default. */
const DEFAULT_SIZE = '1K';
/** Prices and factors have six decimals. */
const SCALE = 1_000_000;
const LISTED: TierFactors = { input: 1, textOutput: 1, imageOutput: 1 };

/**
 * The list price of one call in micro-dollars, rounded half up; undefined for a model without a
 * price.
 *
 * If Google counted the tokens, they decide. If it did not split its output by modality, images
 * cost the table's price per image; if it counted nothing at all, that is the whole price.
 */
export function costOf(call: PricedCall, table: PriceTable): number | undefined {
  const price = table.models.get(call.model);
  if (price === undefined) {
    return undefined;
  }
  const { tokens } = call;
  const factors = table.serviceTiers.get(tokens?.serviceTier ?? call.serviceTier ?? '') ?? LISTED;
  const images = tokens?.imageOutput === undefined ? call.images : 0;
  const textOutput = images > 0 ? 0 : (tokens?.textOutput ?? 0);
  const sum =
    amount(tokens?.input ?? 0, price.inputPerMillion, factors.input) +
    amount(textOutput, price.textOutputPerMillion, factors.textOutput) +
    amount(tokens?.imageOutput ?? 0, price.imageOutputPerMillion, factors.imageOutput) +
    amount(images * SCALE, imagePrice(price, call.imageSize), factors.imageOutput);
  const unit = BigInt(SCALE) * BigInt(SCALE);
  return Number((sum + unit / 2n) / unit);
}

/** The facts about a request that its price depends on. */
export interface PricedPlan {
  readonly model: string;
  readonly n: number;
  readonly imageSize?: string | undefined;
  readonly serviceTier?: string | undefined;
}

/**
 * The list price of a request in micro-dollars before it is sent: n images at the table's price.
 * Prompts and input images are left out, since their tokens are not known yet and cost a hundredth
 * of it.
 */
export function listPrice(plan: PricedPlan, table: PriceTable): number {
  const { model, imageSize, serviceTier, n } = plan;
  return n * (costOf({ model, imageSize, serviceTier, images: 1, tokens: undefined }, table) ?? 0);
}

/**
 * A USD price per million tokens is a price in micro-dollars per token; both factors have six
 * decimals.
 */
function amount(count: number, price: number, factor: number): bigint {
  return BigInt(count) * BigInt(Math.round(price * SCALE)) * BigInt(Math.round(factor * SCALE));
}

/**
 * A size without a price costs the same as the largest listed one, so that never too little is
 * reserved.
 */
function imagePrice({ perImage }: ModelPrice, imageSize = DEFAULT_SIZE): number {
  return perImage.get(imageSize) ?? Math.max(0, ...perImage.values());
}
