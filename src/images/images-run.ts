import type { Observable } from 'rxjs';
import type { ImagePlan } from '../mapping/image-plan';
import type { Account } from '../accounts/account';
import type { JsonBlob } from '../json/json-blob';
import type { Generated, GeneratedImage, GeneratedText, PartialImage } from './generated-image';

/** What an order has come to. Its bytes are cut from the request's slabs: they last as long as the request. */
export interface ImagesResult {
  readonly plan: ImagePlan;
  /** Those that came, at least one, in the order they were asked for. */
  readonly images: readonly GeneratedImage[];
}

/** What a conversation has come to. */
export interface ConversationResult {
  readonly plan: ImagePlan;
  /** What came of each call, at least one, in the order they were asked for. */
  readonly made: readonly Generated[];
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

/** A step of a conversation's response. */
export type ConversationStep =
  | Extract<ImageProgress, { kind: 'completed' }>
  /** An account is leased, and the first call to it begins. */
  | { readonly kind: 'begun'; readonly account: Pick<Account, 'email' | 'provider'> }
  /** Something that the model says; pieces of one call follow each other, and have its number. */
  | { readonly kind: 'text'; readonly text: JsonBlob; readonly call: number }
  /** A call has come to words alone, all of which were steps before. */
  | { readonly kind: 'text-only'; readonly words: GeneratedText };

/** As an `ImagesRun`, for an order with a conversation. */
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
