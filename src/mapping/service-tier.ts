import type { ImageServiceTier } from './image-request';

/** As Gemini writes it, in lower case. */
export type GeminiServiceTier = 'standard' | 'flex' | 'priority';

/** `auto` leaves the choice to Google, which uses the standard tier, so nothing is sent. */
const TIERS: Readonly<Record<ImageServiceTier, GeminiServiceTier | undefined>> = {
  auto: undefined,
  default: 'standard',
  flex: 'flex',
  priority: 'priority',
};

/** OpenAI's `service_tier` as Gemini's. */
export function geminiServiceTier(
  tier: ImageServiceTier | undefined,
): GeminiServiceTier | undefined {
  return tier && TIERS[tier];
}
