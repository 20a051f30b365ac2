import type { ImagesOutcome } from '../context/request-outcome';

export interface CountedImages {
  readonly model: string;
  readonly size: string;
  readonly outcome: 'made' | 'failed' | 'abandoned';
  readonly count: number;
}

/**
 * The outcome of each image that a request asked for. An image that was not made has failed, unless
 * the client disconnected.
 *
 * @param images undefined if the request asked for none, or was not understood
 * @param isSent whether the client received the whole response
 */
export function imageOutcomes(
  images: ImagesOutcome | undefined,
  isSent: boolean,
): readonly CountedImages[] {
  if (images === undefined) {
    return [];
  }
  // Requested text is neither an image nor a failure.
  const { model, size = 'default', requested, returned, texts = 0 } = images;
  const others = isSent ? 'failed' : 'abandoned';
  return [
    { model, size, outcome: 'made', count: returned } as const,
    { model, size, outcome: others, count: requested - returned - texts } as const,
  ].filter(({ count }) => count > 0);
}
