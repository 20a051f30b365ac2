import type { ImagePlan } from '../mapping/image-plan';

/** Gemini never makes an alpha channel: what is transparent in a masked edit was so before. */
export const BACKGROUND = 'opaque';

/** Gemini knows no such steps. */
export const QUALITY = 'auto';

/** OpenAI echoes the identifier that counts, and leaves the member out where there is none. */
export function safetyIdentifierOf({ user }: Pick<ImagePlan, 'user'>): {
  readonly safety_identifier?: string;
} {
  return user === undefined ? {} : { safety_identifier: user };
}
