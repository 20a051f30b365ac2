import type { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import { CandidateReader } from './candidate-reader';
import {
  ACCOUNT_FINISH_REASONS,
  CUT_SHORT_FINISH_REASONS,
  isForbidding,
  isGiven,
  isPolicy,
  isSpecified,
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
      /** The declared type, which has been wrong: check the bytes. */
      readonly declaredMimeType?: string;
      /** All images of the response, partial ones included, because each is billed. */
      readonly imageCount: number;
      /** The model's text beside the image, if text is wanted. */
      readonly text?: JsonBlob;
      readonly usage?: ImageUsage;
      /** The model that the response names, as received. */
      readonly modelVersion?: unknown;
      /** How many output tokens are thoughts, if Google reports it. */
      readonly thoughtTokens?: number;
    }
  /** Only text, if text is wanted: the model may ask a question, for instance. */
  | {
      readonly kind: 'text';
      readonly text: JsonBlob;
      /** Whether the tokens ran out before the model had finished. */
      readonly isCutShort: boolean;
      readonly usage?: ImageUsage;
      readonly modelVersion?: unknown;
      readonly thoughtTokens?: number;
    }
  /** Forbidden by Google's policy: a retry cannot help. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No image, by chance: a retry may help. */
  | { readonly kind: 'empty'; readonly reason: string }
  /** No image, because the tokens ran out: they would again. */
  | { readonly kind: 'cut_short'; readonly reason: string }
  /** No image, because Google has suspended the account: another one may make it. */
  | { readonly kind: 'account_unusable'; readonly reason: string }
  /** The stream ended before the model had finished. */
  | { readonly kind: 'truncated' }
  /** Not a Gemini response. */
  | { readonly kind: 'malformed' };

/** The facts that a response is billed by, as Google reported them. */
export interface BilledFacts {
  readonly usageMetadata: unknown;
  /** The model that served the request; not the requested one if Google has retired that. */
  readonly modelVersion: unknown;
  /** All images of the response, drafts included. */
  readonly images: number;
  /** The finishReason of each candidate, as Google reported it. */
  readonly finishReasons: readonly string[];
}

/** A body without any of these is not Gemini's. */
const RESPONSE_MEMBERS = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion'] as const;

/**
 * Reads a response, whole or in events, without trusting any of it; never throws.
 *
 * A blocked prompt has no result, whatever else the response contains; a block without a reason
 * counts only if there is no candidate. Otherwise an image is returned whatever the finishReason,
 * because it is made and billed. Without an image the finishReason decides, and an unknown one
 * counts as chance. If text is wanted, text without an image is a response as well, unless a policy
 * or the account is the reason.
 */
export class GeminiResponseReader {
  private looksLikeGemini = false;
  /** Whether anything but empty objects has arrived. */
  private hasContent = false;
  private blockReason: unknown;
  private usageMetadata: unknown;
  private modelVersion: unknown;
  private readonly candidates: CandidateReader[] = [];

  constructor(private readonly wantsText = false) {}

  /** The facts that the response is billed by, so far; undefined if it is not a Gemini response. */
  get billed(): BilledFacts | undefined {
    if (!this.looksLikeGemini) {
      return undefined;
    }
    const images = this.candidates.reduce((sum, { imageCount }) => sum + imageCount, 0);
    const finishReasons = this.candidates.flatMap(({ finishReason }) => finishReason ?? []);
    const { usageMetadata, modelVersion } = this;
    return { usageMetadata, modelVersion, images, finishReasons };
  }

  /**
   * Whether the response is complete: anything that still arrives does not change what was made.
   */
  get isFinished(): boolean {
    return (
      isSpecified(this.blockReason) ||
      (this.candidates.length > 0 &&
        this.candidates.every(({ finishReason }) => finishReason !== undefined))
    );
  }

  /**
   * The result of a complete response. A missing finishReason counts as a normal one, because the
   * response is complete.
   */
  readWhole(response: unknown): GeminiResponse {
    this.add(response);
    return this.end('STOP');
  }

  /** Adds the next event; returns the images that have turned out to be partial ones. */
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
    // Each event has the counts so far; only the last has their details.
    this.usageMetadata = field(event, 'usageMetadata') ?? this.usageMetadata;
    this.modelVersion = field(event, 'modelVersion') ?? this.modelVersion;
    return items(member(event, 'candidates')).flatMap((candidate, position) => {
      const known = (this.candidates[position] ??= new CandidateReader(this.wantsText));
      return known.add(candidate);
    });
  }

  /** The text since the previous call, if text is wanted. */
  takeText(): JsonBlob | undefined {
    return this.candidates[0]?.takeText();
  }

  /**
   * The result of the whole stream.
   *
   * @param defaultFinishReason replaces a finishReason that never arrived. If it is omitted, a
   * stream without one was truncated, and its last image may be a draft
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

/**
 * The worst of several reasons counts; Easel asks for one candidate, so there is rarely a second.
 */
function withoutImage(finishReasons: readonly string[]): GeminiResponse {
  const policy = finishReasons.find(isPolicy);
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

/** STOP means success, so on its own it would be misleading as the reason of a failure. */
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
