import type { ImagePlan } from '../mapping/image-plan';

/**
 * Gemini never generates an alpha channel: what is transparent in a masked edit was transparent
 * before.
 */
export const BACKGROUND = 'opaque';

/** Gemini has no quality levels. */
export const QUALITY = 'auto';

/** The prompt that was sent, if it is not the client's own. */
export function revisedPromptOf({ revisedPrompt }: Pick<ImagePlan, 'revisedPrompt'>): {
  readonly revised_prompt?: string;
} {
  return revisedPrompt === undefined ? {} : { revised_prompt: revisedPrompt };
}

/** OpenAI echoes the effective identifier, and omits the member if there is none. */
export function safetyIdentifierOf({ user }: Pick<ImagePlan, 'user'>): {
  readonly safety_identifier?: string;
} {
  return user === undefined ? {} : { safety_identifier: user };
}
