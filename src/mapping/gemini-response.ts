import type { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import { CandidateReader } from './candidate-reader';
import {
  ACCOUNT_FINISH_REASONS,
  CUT_SHORT_FINISH_REASONS,
  isForbidding,
  isGiven,
  isSpecified,
  POLICY_FINISH_REASONS,
  sanitisedReason,
} from './finish-reason';
import { field } from './proto-field';
import type { ImageUsage } from './usage';
import { readThoughtTokens, readUsage } from './usage';

/** The result of a response. Google's prose is never passed on. */
export type GeminiResponse =
  | {
      readonly kind: 'image';
      /** The base64 text of the final image. */
      readonly data: JsonBlob;
      /** What Gemini says the image is; it has been wrong, so look at the bytes. */
      readonly declaredMimeType?: string;
      /** All images of the response, partial ones included: each of them is billed. */
      readonly imageCount: number;
      /** What the model says beside it, where text is wanted. */
      readonly text?: JsonBlob;
      readonly usage?: ImageUsage;
      /** Which model it says it is from, as it came. */
      readonly modelVersion?: unknown;
      /** How many of the tokens that were made are thoughts, where Google says it. */
      readonly thoughtTokens?: number;
    }
  /** Words alone, where text is wanted: the model asks back, for instance. */
  | {
      readonly kind: 'text';
      readonly text: JsonBlob;
      /** Whether the tokens ran out before it was at its end. */
      readonly isCutShort: boolean;
      readonly usage?: ImageUsage;
      readonly modelVersion?: unknown;
      readonly thoughtTokens?: number;
    }
  /** Google's policy forbids it: asking again cannot help. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No image, by chance: asking again may help. */
  | { readonly kind: 'empty'; readonly reason: string }
  /** No image, since the tokens ran out: asking again runs out again. */
  | { readonly kind: 'cut_short'; readonly reason: string }
  /** No image, since Google has shut the account out: another may make it. */
  | { readonly kind: 'account_unusable'; readonly reason: string }
  /** The stream ended before the model did. */
  | { readonly kind: 'truncated' }
  /** Not a response of Gemini's at all. */
  | { readonly kind: 'malformed' };

/** What a response is billed by, as Google wrote it. */
export interface BilledFacts {
  readonly usageMetadata: unknown;
  /** The model that answered; another one where Google has retired the one that was asked for. */
  readonly modelVersion: unknown;
  /** All images of the response, drafts included. */
  readonly images: number;
  /** Why each candidate ended, in Google's words. */
  readonly finishReasons: readonly string[];
}

/** A body that has none of these is not Gemini's. */
const RESPONSE_MEMBERS = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion'] as const;

/**
 * Reads a response, whole or in events, without trusting any of it; never throws.
 *
 * A blocked prompt has no result, whatever stands beside the block; a block without a reason is one
 * only where there is no candidate. Otherwise an image that came is an image, whatever the
 * finishReason: it is made, billed and delivered. Only without one does the finishReason decide,
 * and one that is unknown counts as chance. Where text is wanted, text without an image is a response as well,
 * unless a policy or the account is the reason.
 */
export class GeminiResponseReader {
  private looksLikeGemini = false;
  /** Whether anything came that is not an empty object. */
  private hasContent = false;
  private blockReason: unknown;
  private usageMetadata: unknown;
  private modelVersion: unknown;
  private readonly candidates: CandidateReader[] = [];

  constructor(private readonly wantsText = false) {}

  /** What the response is billed by, as it stands; undefined where it is no response of Gemini's. */
  get billed(): BilledFacts | undefined {
    if (!this.looksLikeGemini) {
      return undefined;
    }
    const images = this.candidates.reduce((sum, { imageCount }) => sum + imageCount, 0);
    const finishReasons = this.candidates.flatMap(({ finishReason }) => finishReason ?? []);
    const { usageMetadata, modelVersion } = this;
    return { usageMetadata, modelVersion, images, finishReasons };
  }

  /** Whether all has been said: what may still come changes nothing that was made. */
  get isFinished(): boolean {
    return (
      isSpecified(this.blockReason) ||
      (this.candidates.length > 0 &&
        this.candidates.every(({ finishReason }) => finishReason !== undefined))
    );
  }

  /**
   * What a whole response comes down to. A missing finishReason counts as the ordinary one, because the
   * response is complete.
   */
  readWhole(response: unknown): GeminiResponse {
    this.add(response);
    return this.end('STOP');
  }

  /** Takes the next event; returns the images that have turned out to be partial ones. */
  add(event: unknown): readonly JsonBlob[] {
    this.hasContent ||= !isEmptyObject(event);
    if (!looksLikeGeminiResponse(event)) {
      return [];
    }
    this.looksLikeGemini = true;
    const blockReason = field(field(event, 'promptFeedback'), 'blockReason');
    if (isGiven(blockReason) && !isSpecified(this.blockReason)) {
      this.blockReason = blockReason;
    }
    // Each event has the counts so far, and only the last has their details.
    this.usageMetadata = field(event, 'usageMetadata') ?? this.usageMetadata;
    this.modelVersion = field(event, 'modelVersion') ?? this.modelVersion;
    return items(member(event, 'candidates')).flatMap((candidate, position) => {
      const known = (this.candidates[position] ??= new CandidateReader(this.wantsText));
      return known.add(candidate);
    });
  }

  /** The text that has come since the last call, where text is wanted. */
  takeText(): JsonBlob | undefined {
    return this.candidates[0]?.takeText();
  }

  /**
   * What it all comes down to.
   *
   * @param defaultFinishReason what to make of a finishReason that never came; left out, a stream
   * without one was cut, and the image that it ends with may be a draft
   */
  end(defaultFinishReason?: string): GeminiResponse {
    if (!this.looksLikeGemini) {
      return this.hasContent ? { kind: 'malformed' } : { kind: 'empty', reason: 'EMPTY_RESPONSE' };
    }
    const isBlocked =
      this.candidates.length === 0 ? isGiven(this.blockReason) : isSpecified(this.blockReason);
    if (isBlocked) {
      return { kind: 'refused', reason: sanitisedReason(this.blockReason) };
    }
    const finishReasons = this.candidates.map((each) => each.finishReason ?? defaultFinishReason);
    for (const [position, candidate] of this.candidates.entries()) {
      const final = candidate.finalImage(finishReasons[position]);
      if (final !== undefined) {
        return {
          kind: 'image',
          data: final.data,
          declaredMimeType: final.declaredMimeType,
          imageCount: candidate.imageCount,
          text: candidate.text,
          modelVersion: this.modelVersion,
          ...this.counts(),
        };
      }
    }
    if (defaultFinishReason === undefined && !this.isFinished) {
      return { kind: 'truncated' };
    }
    const reasons = finishReasons.filter((reason) => reason !== undefined);
    const text = this.candidates.find((candidate) => candidate.text !== undefined)?.text;
    return text === undefined || reasons.some(isForbidding)
      ? withoutImage(reasons)
      : {
          kind: 'text',
          text,
          isCutShort: reasons.some((reason) => CUT_SHORT_FINISH_REASONS.has(reason)),
          modelVersion: this.modelVersion,
          ...this.counts(),
        };
  }

  private counts(): { readonly usage?: ImageUsage; readonly thoughtTokens?: number } {
    return {
      usage: readUsage(this.usageMetadata),
      thoughtTokens: readThoughtTokens(this.usageMetadata),
    };
  }
}

/** The worst of several reasons counts; Easel asks for one candidate, so there is hardly a second. */
function withoutImage(finishReasons: readonly string[]): GeminiResponse {
  const policy = finishReasons.find((reason) => POLICY_FINISH_REASONS.has(reason));
  if (policy !== undefined) {
    return { kind: 'refused', reason: policy };
  }
  const account = finishReasons.find((reason) => ACCOUNT_FINISH_REASONS.has(reason));
  if (account !== undefined) {
    return { kind: 'account_unusable', reason: account };
  }
  const cut = finishReasons.find((reason) => CUT_SHORT_FINISH_REASONS.has(reason));
  return cut !== undefined
    ? { kind: 'cut_short', reason: cut }
    : { kind: 'empty', reason: emptyReason(finishReasons[0]) };
}

/** STOP alone, which says that all is well, would mislead who reads it as the reason of a failure. */
function emptyReason(finishReason = 'NO_CANDIDATES'): string {
  return finishReason === 'STOP' ? 'STOP_WITHOUT_IMAGE' : finishReason;
}

function looksLikeGeminiResponse(response: unknown): boolean {
  const candidates = member(response, 'candidates') ?? [];
  return (
    Array.isArray(candidates) && RESPONSE_MEMBERS.some((key) => field(response, key) !== undefined)
  );
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 0
  );
}
