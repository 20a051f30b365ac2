import type { ImagePlan } from '../mapping/image-plan';
import { BACKGROUND, QUALITY, revisedPromptOf, safetyIdentifierOf } from './echoed-members';
import type { SourcedImage } from './generated-image';
import type { ImageProgress } from './images-run';

/** OpenAI names its events after the route. */
export type ImageEventFamily = 'image_generation' | 'image_edit';

/** A server-sent event, with the image still as the bytes that were received. */
export interface ImageEvent {
  readonly name: string;
  readonly data: object;
}

/**
 * OpenAI's event for a step of an image. Typed SDKs require every member but `usage`, which is
 * omitted unless complete. An `error` member, even null, is an error to some of them.
 *
 * @param request what the event reports about its request. `costUsd` is what all images have cost
 * so far, so the last event has the total; undefined if clients must not see it
 * @param now epoch milliseconds
 */
export function imageEvent(
  family: ImageEventFamily,
  progress: ImageProgress,
  request: Pick<ImagePlan, 'user' | 'revisedPrompt'> & { readonly costUsd?: number | undefined },
  now: number,
): ImageEvent {
  const index = { image_index: progress.index };
  switch (progress.kind) {
    case 'partial': {
      const { image } = progress;
      const type = `${family}.partial_image`;
      const rest = { partial_image_index: image.partialIndex, ...index };
      return { name: type, data: { type, ...imageMembers(image, now), ...rest } };
    }
    case 'completed': {
      const { image } = progress;
      const type = `${family}.completed`;
      const { costUsd } = request;
      const cost = costUsd === undefined ? {} : { cost: costUsd };
      const usage = image.usage === undefined ? {} : { usage: { ...image.usage, ...cost } };
      const echoed = { ...revisedPromptOf(request), ...safetyIdentifierOf(request) };
      const rest = { ...index, ...usage, ...echoed };
      return { name: type, data: { type, ...imageMembers(image, now), ...rest } };
    }
  }
}

function imageMembers({ data, header }: SourcedImage, now: number): object {
  return {
    b64_json: data,
    created_at: Math.floor(now / 1000),
    size: `${header.width}x${header.height}`,
    quality: QUALITY,
    background: BACKGROUND,
    output_format: header.format,
  };
}
