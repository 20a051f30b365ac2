/**
 * The prompt of a variation: OpenAI's route takes an image and no prompt, but Gemini needs one.
 * docs/variations.md quotes it.
 */
export const VARIATION_PROMPT =
  'Make a variation of this image: a new picture of the same subject, in the same style, medium, ' +
  'mood and palette, as if the same artist had made it another time. Vary the composition, the ' +
  'viewpoint and the details. Do not copy the image, and add no text that is not in it.';
