import type { Observable } from 'rxjs';
import type { ImagePlan } from '../mapping/image-plan';
import type { Account } from '../accounts/account';
import type { JsonBlob } from '../json/json-blob';
import type { Generated, GeneratedImage, GeneratedText, PartialImage } from './generated-image';

/**
 * The result of an order. Its bytes are slices of the request's slabs, so it is valid only as long
 * as the request.
 */
export interface ImagesResult {
  readonly plan: ImagePlan;
  /** The images that succeeded, at least one, in the requested order. */
  readonly images: readonly GeneratedImage[];
}

/** The result of a conversation. */
export interface ConversationResult {
  readonly plan: ImagePlan;
  /** The results of the successful calls, at least one, in the requested order. */
  readonly made: readonly Generated[];
}

/** A step of an image while it is made; `index` is its number among the n, from 0. */
export type ImageProgress =
  | { readonly kind: 'partial'; readonly index: number; readonly image: PartialImage }
  | { readonly kind: 'completed'; readonly index: number; readonly image: GeneratedImage };

/**
 * An order that was validated and may begin. The plan is known before any money is spent, so that
 * errors can carry it too. No call is made before a subscription.
 *
 * `result` emits once, `progress` with each step. Both fail with a GatewayError if no image
 * succeeds, and with a ClientGoneError if the client disconnects first.
 */
export type ImagesRun =
  | { readonly kind: 'whole'; readonly plan: ImagePlan; readonly result: Observable<ImagesResult> }
  | {
      readonly kind: 'stream';
      readonly plan: ImagePlan;
      readonly progress: Observable<ImageProgress>;
    };

/** A step of a conversation's response. */
export type ConversationStep =
  | Extract<ImageProgress, { kind: 'completed' }>
  /** An account is leased, and the first call with it begins. */
  | { readonly kind: 'begun'; readonly account: Pick<Account, 'email' | 'provider'> }
  /** Text from the model; the pieces of one call arrive in order and have its number. */
  | { readonly kind: 'text'; readonly text: JsonBlob; readonly call: number }
  /** A call returned only text, all of which was emitted before. */
  | { readonly kind: 'text-only'; readonly words: GeneratedText };

/** Like `ImagesRun`, for an order with a conversation. */
export type ConversationRun =
  | {
      readonly kind: 'whole';
      readonly plan: ImagePlan;
      readonly result: Observable<ConversationResult>;
    }
  | {
      readonly kind: 'stream';
      readonly plan: ImagePlan;
      readonly progress: Observable<ConversationStep>;
    };
