import type { ImagePlan } from '../mapping/image-plan';
import type { GeneratedImage } from './generated-image';
import { imageEvent, type ImageEvent, type ImageEventFamily } from './image-events';
import { imagesResponse } from './images-response';
import type { ImageProgress } from './images-run';

/** How an API writes images, as a whole response and as the events of a stream. */
export interface ImagesDialect {
  /**
   * @param images at least one, in the order they were asked for
   * @param urls of those that are hosted, by their place; none unless the plan asks for URLs
   */
  readonly response: (
    plan: ImagePlan,
    images: readonly GeneratedImage[],
    urls: readonly (string | undefined)[],
    sending: Sending,
  ) => object;
  readonly event: (plan: ImagePlan, progress: ImageProgress, sending: Sending) => ImageEvent;
}

/** What is known only when something is sent. */
export interface Sending {
  /** Epoch milliseconds. */
  readonly now: number;
  /** What all images of the request have cost until now; undefined where clients are not to know. */
  readonly costUsd: number | undefined;
}

/** OpenAI's. @param family the first half of the names of a stream's events */
export function openAiDialect(family: ImageEventFamily): ImagesDialect {
  return {
    response: (plan, images, urls, { now }) => imagesResponse(plan, images, urls, now),
    event: ({ user }, progress, { now, costUsd }) =>
      imageEvent(family, progress, { user, costUsd }, now),
  };
}
