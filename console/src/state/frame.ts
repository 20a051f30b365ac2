import type { Failure } from '../logic/error-words';
import {
  requestBody,
  variationBody,
  type FormFields,
  type RequestBody,
  type Route,
} from '../logic/generation-request';
import type { TokenUsage } from '../api/types';

/** What was asked for, kept with the picture: for «Again», «Code», and to look at. */
export interface Asked {
  readonly form: FormFields;
  readonly images: readonly Blob[];
  readonly mask: Blob | undefined;
  /** The one image is made again, differently: the server has its own words for that. */
  readonly isVariation: boolean;
}

export function routeOf({ images, isVariation }: Asked): Route {
  return isVariation ? 'variations' : images.length > 0 ? 'edits' : 'generations';
}

/** The body as anybody would write it, for all pictures of the run. */
export function bodyOf({ form, isVariation }: Asked): RequestBody {
  return isVariation ? variationBody(form) : requestBody(form);
}

/** A picture that is there, with all that is known of it. This is what the history keeps. */
export interface Picture {
  readonly id: string;
  readonly runId: string;
  readonly at: number;
  readonly asked: Asked;
  readonly blob: Blob;
  readonly preview: Blob;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly ms: number;
  readonly account: string;
  readonly model: string;
  readonly ratio: string;
  readonly size: string;
  readonly requestId: string;
  readonly warnings: readonly string[];
  readonly usage: TokenUsage | undefined;
}

/** A place for one picture of a run, from the start. */
export type FrameState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'drawing'; readonly since: number }
  | {
      readonly kind: 'interim';
      readonly since: number;
      readonly number: number;
      readonly url: string;
    }
  | { readonly kind: 'made'; readonly picture: Picture }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' };

export interface Frame {
  readonly id: string;
  readonly state: FrameState;
}

export interface Run {
  readonly id: string;
  readonly at: number;
  readonly asked: Asked;
  readonly ratio: number;
  readonly frames: readonly Frame[];
}

export function isAtWork({ state }: Frame): boolean {
  return state.kind === 'queued' || state.kind === 'drawing' || state.kind === 'interim';
}
