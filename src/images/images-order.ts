import type { Conversation } from '../mapping/conversation';
import type { ImageRequestFields } from '../mapping/image-request';
import type { UploadedImages } from './inputs/uploaded-images';

/** A request for images, in the form that all APIs convert their bodies to. */
export interface ImagesOrder {
  readonly fields: ImageRequestFields;
  /** The uploaded images, still to be read; absent for a generation. */
  readonly uploads?: UploadedImages;
  /**
   * Whether images came with what the client calls a generation: a size that cannot be parsed is
   * then 1:1.
   */
  readonly isGeneration?: true;
  /** The API's warnings about fields that it cannot carry out. */
  readonly warnings?: readonly string[];
  /** Whether each image is sent as soon as it is finished, after its partial images. */
  readonly stream: boolean;
}

/**
 * An order whose prompt is the last message of a conversation; its images are those of all turns.
 */
export interface ConversationOrder extends ImagesOrder {
  readonly conversation: Conversation;
}
