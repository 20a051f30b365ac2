import type { ImagePlan } from '../mapping/image-plan';
import type { GeneratedImage } from './generated-image';
import { imageEvent, type ImageEvent, type ImageEventFamily } from './image-events';
import { imagesResponse } from './images-response';
import type { ImageProgress } from './images-run';

/** How an API represents images, as a complete response and as stream events. */
export interface ImagesDialect {
  /**
   * @param images at least one, in the requested order
   * @param urls of hosted images, by index; none unless the plan asks for URLs
   */
  readonly response: (
    plan: ImagePlan,
    images: readonly GeneratedImage[],
    urls: readonly (string | undefined)[],
    sending: Sending,
  ) => object;
  readonly event: (plan: ImagePlan, progress: ImageProgress, sending: Sending) => ImageEvent;
}

/** Values that are only known at the time of sending. */
export interface Sending {
  /** Epoch milliseconds. */
  readonly now: number;
  /** What all images of the request have cost so far; undefined if clients must not see it. */
  readonly costUsd: number | undefined;
}

/** OpenAI's dialect. @param family the first half of the names of a stream's events */
export function openAiDialect(family: ImageEventFamily): ImagesDialect {
  return {
    response: (plan, images, urls, { now }) => imagesResponse(plan, images, urls, now),
    event: ({ user }, progress, { now, costUsd }) =>
      imageEvent(family, progress, { user, costUsd }, now),
  };
}
