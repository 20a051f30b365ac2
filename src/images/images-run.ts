import type { Observable } from 'rxjs';
import type { ImagePlan } from '../mapping/image-plan';
import type { GeneratedImage, PartialImage } from './generated-image';

/** What an order has come to. Its bytes are cut from the request's slabs: they last as long as the request. */
export interface ImagesResult {
  readonly plan: ImagePlan;
  /** Those that came, at least one, in the order they were asked for. */
  readonly images: readonly GeneratedImage[];
}

/** A step of an image while it is made; `index` says which of the n it is, from 0. */
export type ImageProgress =
  | { readonly kind: 'partial'; readonly index: number; readonly image: PartialImage }
  | { readonly kind: 'completed'; readonly index: number; readonly image: GeneratedImage };

/**
 * An order that is understood and may begin. The plan is known before any money is spent, so that a door
 * can say what is asked of the model on errors as well. No call is made before a subscription.
 *
 * `result` emits once, `progress` with each step. Both fail with a GatewayError when not one image came,
 * and with a ClientGoneError when the client went first.
 */
export type ImagesRun =
  | { readonly kind: 'whole'; readonly plan: ImagePlan; readonly result: Observable<ImagesResult> }
  | {
      readonly kind: 'stream';
      readonly plan: ImagePlan;
      readonly progress: Observable<ImageProgress>;
    };
