import type { ModelPrice, PriceTable, TierFactors } from './price-table';
import type { TokenCounts } from './token-counts';

/** One upstream call, as far as its price depends on it. */
export interface PricedCall {
  readonly model: string;
  /** Undefined where the response had none. */
  readonly tokens: TokenCounts | undefined;
  /** How many images it made. */
  readonly images: number;
  /** The `imageSize` that was sent; undefined where none was. */
  readonly imageSize: string | undefined;
  /** The service tier that was asked for. Google's own word in `tokens` wins. */
  readonly serviceTier?: string | undefined;
}

/** The size that a model makes when none is asked for. */
const DEFAULT_SIZE = '1K';
/** Prices and factors are kept with six decimals. */
const SCALE = 1_000_000;
const LISTED: TierFactors = { input: 1, textOutput: 1, imageOutput: 1 };

/**
 * The list price of one call in micro-dollars, rounded half up; undefined for a model without a price.
 *
 * The tokens decide where Google counted them. Where it did not split its output by modality, the
 * images cost what the table has for one; where it counted nothing at all, that is all there is.
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

/** A request for images, as far as its price depends on it. */
export interface PricedPlan {
  readonly model: string;
  readonly n: number;
  readonly imageSize?: string | undefined;
  readonly serviceTier?: string | undefined;
}

/**
 * The list price of a request in micro-dollars before it is sent: n images at the table's price. Prompts and
 * input images are left out, since their tokens are not known yet and cost a hundredth of it.
 */
export function listPrice(plan: PricedPlan, table: PriceTable): number {
  const { model, imageSize, serviceTier, n } = plan;
  return n * (costOf({ model, imageSize, serviceTier, images: 1, tokens: undefined }, table) ?? 0);
}

/** A USD price for a million tokens is one in micro-dollars for a token; six decimals twice over. */
function amount(count: number, price: number, factor: number): bigint {
  return BigInt(count) * BigInt(Math.round(price * SCALE)) * BigInt(Math.round(factor * SCALE));
}

/** A size without a price of its own costs what the largest listed one does: never too little is reserved. */
function imagePrice({ perImage }: ModelPrice, imageSize = DEFAULT_SIZE): number {
  return perImage.get(imageSize) ?? Math.max(0, ...perImage.values());
}
