import type { GatewayErrorKind } from '../errors/gateway-error';

/** The API that a request came through. */
export type RequestApi = 'images' | 'chat' | 'openrouter' | 'gemini';

/** The tokens that Google counted, by what they stand for; thoughts are text. */
export interface ImageTokens {
  readonly textInput: number;
  readonly imageInput: number;
  readonly textOutput: number;
  readonly imageOutput: number;
}

/** One image that an account was leased for: what was called, what came of it, and what it cost. */
export interface ImageRecord {
  /** When it was over, in epoch milliseconds. */
  readonly at: number;
  /** The account of the last attempt. */
  readonly account: string;
  /** The model that is billed. */
  readonly model: string;
  /** As it was sent; undefined where none was. */
  readonly imageSize: string | undefined;
  readonly aspectRatio: string | undefined;
  readonly serviceTier: string | undefined;
  /** Undefined where no response had counts. */
  readonly tokens: ImageTokens | undefined;
  /** What all attempts cost together, in millionths of a US dollar; 0 from the emulator. */
  readonly microUsd: number;
  /** What they would have cost at Google's list price. */
  readonly listMicroUsd: number;
  readonly outcome: 'made' | 'abandoned' | GatewayErrorKind;
  /** How many upstream calls were made for it. */
  readonly attempts: number;
  /** From the first wait for an account to the finished image. */
  readonly ms: number;
}

/** The sum over the images of a request; rows are rounded, sums are not. */
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
