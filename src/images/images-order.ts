import type { ImageRequestFields } from '../mapping/image-request';
import type { UploadedImages } from './inputs/uploaded-images';

/** A request for images, the same for every API: what a door makes of its body. */
export interface ImagesOrder {
  readonly fields: ImageRequestFields;
  /** The images that came with it, still to be read; absent for a generation. */
  readonly uploads?: UploadedImages;
  /** Whether the images came with what its client calls a generation: a size that cannot be read is 1:1 there. */
  readonly isGeneration?: true;
  /** What the door has to say of fields that it cannot carry out. */
  readonly warnings?: readonly string[];
  /** Whether each image is wanted as soon as it is there, after its partial images. */
  readonly stream: boolean;
}
