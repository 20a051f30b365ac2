import type { Failure } from '../logic/error-words';
import type { FormFields } from '../logic/generation-request';
import type { TokenUsage } from '../api/types';

/** What was asked for, kept with the picture: for «Again», «Code», and to look at. */
export interface Asked {
  readonly form: FormFields;
  readonly images: readonly Blob[];
  readonly mask: Blob | undefined;
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
