import { ALL_IMAGE_SIZES } from './model-catalogue';

/** The two words of `quality` with a fixed meaning. */
const TIER_OF_QUALITY: ReadonlyMap<string, string> = new Map([
  ['hd', '4K'],
  ['medium', '2K'],
]);

/** Words of OpenAI's and other dialects that ask for high quality but set no size here. */
const WORDS_FOR_MORE: ReadonlySet<string> = new Set(['high', 'xhigh', 'max', 'ultra', '4k', '2k']);

/**
 * The `imageSize` that a `quality` asks for; undefined if it asks for none. Any word but `hd`,
 * `medium` and the operator's aliases leaves the size to the model. Case-insensitive.
 *
 * @param aliases the operator's own words, in lower case; they add to the two, never change them
 */
export function imageSizeForQuality(
  quality: string,
  aliases: ReadonlyMap<string, string>,
): string | undefined {
  const word = quality.toLowerCase();
  return TIER_OF_QUALITY.get(word) ?? aliases.get(word);
}

/** Whether a `quality` that sets no size asks for more than it gets. Case-insensitive. */
export function asksForMore(quality: string): boolean {
  return WORDS_FOR_MORE.has(quality.toLowerCase());
}

/**
 * The words of `quality` that a client may use instead, for these sizes, as parts of a sentence:
 * `"hd" is 4K`.
 */
export function qualityWordsFor(imageSizes: readonly string[]): readonly string[] {
  return [...TIER_OF_QUALITY]
    .filter(([, tier]) => imageSizes.includes(tier))
    .map(([word, tier]) => `"${word}" is ${tier}`);
}

/** The words of `quality` that stand for one of these sizes, including the operator's own. */
export function qualityWords(
  imageSizes: readonly string[],
  aliases: ReadonlyMap<string, string>,
): readonly string[] {
  return [...TIER_OF_QUALITY, ...aliases]
    .filter(([, tier]) => imageSizes.includes(tier))
    .map(([word]) => word);
}

/** Whether one `imageSize` is larger than another. */
export function exceedsImageSize(imageSize: string, other: string): boolean {
  return ALL_IMAGE_SIZES.indexOf(imageSize) > ALL_IMAGE_SIZES.indexOf(other);
}

/** `2k` → `2K`: Gemini only accepts sizes in upper case. */
export function normaliseImageSize(imageSize: string): string {
  return imageSize.trim().toUpperCase();
}
