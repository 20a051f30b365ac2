export type ImageStyle = 'vivid' | 'natural';

/**
 * Gemini has no style parameter, so the style is added to the prompt; docs/mapping.md quotes the
 * phrases.
 */
export const STYLE_PHRASES: Readonly<Record<ImageStyle, string>> = {
  vivid: 'Style: vivid, with rich colours and dramatic contrast.',
  natural: 'Style: natural, with true-to-life colours and soft light.',
};

interface StyledPrompt {
  /** The prompt to send. */
  readonly prompt: string;
  /** The same text, if it is not the client's own. */
  readonly revisedPrompt?: string;
}

/** Appends the phrase of the style; without a style the prompt is unchanged. */
export function applyStyle(prompt: string, style: ImageStyle | undefined): StyledPrompt {
  if (style === undefined) {
    return { prompt };
  }
  const styled = `${prompt}\n\n${STYLE_PHRASES[style]}`;
  return { prompt: styled, revisedPrompt: styled };
}
