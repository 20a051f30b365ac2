/** The two words of `quality` whose meaning is fixed. */
const TIER_OF_QUALITY: ReadonlyMap<string, string> = new Map([
  ['hd', '4K'],
  ['medium', '2K'],
]);

/**
 * The `imageSize` that a `quality` asks for, or undefined when it asks for none: any word but `hd`,
 * `medium` and the operator's aliases leaves the size to the model. Letter case does not matter.
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

/** `2k` → `2K`: Gemini takes its sizes in capitals only. */
export function normaliseImageSize(imageSize: string): string {
  return imageSize.trim().toUpperCase();
}
