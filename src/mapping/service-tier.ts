import type { ImageServiceTier } from './image-request';

/** As Gemini writes it, in small letters. */
export type GeminiServiceTier = 'standard' | 'flex' | 'priority';

/** `auto` leaves it to Google, which takes the standard, and so nothing is sent. */
const TIERS: Readonly<Record<ImageServiceTier, GeminiServiceTier | undefined>> = {
  auto: undefined,
  default: 'standard',
  flex: 'flex',
  priority: 'priority',
};

/** OpenAI's `service_tier` in Gemini's words. */
export function geminiServiceTier(
  tier: ImageServiceTier | undefined,
): GeminiServiceTier | undefined {
  return tier && TIERS[tier];
}
