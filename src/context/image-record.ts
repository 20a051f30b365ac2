import type { GatewayErrorKind } from '../errors/gateway-error';

/** The API that a request came through. */
export type RequestApi = 'images' | 'chat' | 'openrouter' | 'gemini';

/** The tokens that Google counted, by kind; thoughts count as text. */
export interface ImageTokens {
  readonly textInput: number;
  readonly imageInput: number;
  readonly textOutput: number;
  readonly imageOutput: number;
}

/** One image that an account was leased for: the model, the result, and the cost. */
export interface ImageRecord {
  /** When it finished, in epoch milliseconds. */
  readonly at: number;
  /** The account of the last attempt. */
  readonly account: string;
  /** The billed model. */
  readonly model: string;
  /** As it was sent; undefined if none was. */
  readonly imageSize: string | undefined;
  readonly aspectRatio: string | undefined;
  readonly serviceTier: string | undefined;
  /** Undefined if no response reported tokens. */
  readonly tokens: ImageTokens | undefined;
  /** The cost of all attempts together, in millionths of a US dollar; 0 for the emulator. */
  readonly microUsd: number;
  /** Their cost at Google's list price. */
  readonly listMicroUsd: number;
  readonly outcome: 'made' | 'abandoned' | GatewayErrorKind;
  /** The number of upstream calls. */
  readonly attempts: number;
  /** From the first wait for an account to the finished image. */
  readonly ms: number;
}

/** The sum over the images of a request; single records are rounded, sums are not. */
export function microUsdOf(records: readonly Pick<ImageRecord, 'microUsd'>[]): number {
  return records.reduce((sum, { microUsd }) => sum + microUsd, 0);
}

/** Dollars as a number, for JSON: `0.1344`. */
export function toUsd(microUsd: number): number {
  return microUsd / 1_000_000;
}

/** Dollars as text, for headers: `0.1344`, without trailing zeros and never `1e-6`. */
export function formatUsd(microUsd: number): string {
  return toUsd(microUsd)
    .toFixed(6)
    .replace(/\.?0+$/, '');
}
