import { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import { field } from './proto-field';
import { looksLikeImageBase64 } from './image-base64';
import type { ImageUsage } from './usage';
import { readUsage } from './usage';

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
      readonly usage?: ImageUsage;
      /** Which model it says it is from, as it came. */
      readonly modelVersion?: unknown;
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
}

/** The finishReasons by which Google's policy withholds an image. */
const POLICY_FINISH_REASONS: ReadonlySet<string> = new Set([
  'SAFETY',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'RECITATION',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
  'ESCALATION',
]);

/** The finishReasons of an account that is shut out of the service. */
const ACCOUNT_FINISH_REASONS: ReadonlySet<string> = new Set(['PUP_LIMITED_DISABLED']);

/** The finishReasons of a response that was cut short. */
const CUT_SHORT_FINISH_REASONS: ReadonlySet<string> = new Set(['MAX_TOKENS', 'CONTINUATION']);

/** What a server that writes its defaults out puts where no reason is. */
const UNSPECIFIED: ReadonlySet<unknown> = new Set([
  0,
  'BLOCK_REASON_UNSPECIFIED',
  'BLOCKED_REASON_UNSPECIFIED',
  'FINISH_REASON_UNSPECIFIED',
]);

/** A body that has none of these is not Gemini's. */
const RESPONSE_MEMBERS = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion'] as const;

interface ImagePart {
  readonly data: JsonBlob;
  readonly declaredMimeType?: string;
  readonly thought: boolean;
}

/**
 * Reads a response, whole or in events, without trusting any of it; never throws.
 *
 * A blocked prompt has no result, whatever stands beside the block; a block without a reason is one
 * only where there is no candidate. Otherwise an image that came is an image, whatever the
 * finishReason: it is made, billed and delivered. Only without one does the finishReason decide,
 * and one that is unknown counts as chance.
 */
export class GeminiResponseReader {
  private looksLikeGemini = false;
  /** Whether anything came that is not an empty object. */
  private hasContent = false;
  private blockReason: unknown;
  private usageMetadata: unknown;
  private modelVersion: unknown;
  private readonly candidates: CandidateReader[] = [];

  /** What the response is billed by, as it stands; undefined where it is no response of Gemini's. */
  get billed(): BilledFacts | undefined {
    if (!this.looksLikeGemini) {
      return undefined;
    }
    const images = this.candidates.reduce((sum, { imageCount }) => sum + imageCount, 0);
    return { usageMetadata: this.usageMetadata, modelVersion: this.modelVersion, images };
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
      const known = (this.candidates[position] ??= new CandidateReader());
      return known.add(candidate);
    });
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
          usage: readUsage(this.usageMetadata),
          modelVersion: this.modelVersion,
        };
      }
    }
    return defaultFinishReason === undefined && !this.isFinished
      ? { kind: 'truncated' }
      : withoutImage(finishReasons.filter((reason) => reason !== undefined));
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

/**
 * Gemini may draw drafts before the image it means: some marked as thoughts, some as ordinary
 * parts, and the draft has been 1K where the final image was 4K. So the last one counts. Now and
 * then the only image is marked as a thought; it is the final one if the model finished normally.
 * A thoughtSignature says nothing here: drafts carry one too.
 */
class CandidateReader {
  imageCount = 0;
  finishReason: string | undefined;
  private lastThought: ImagePart | undefined;
  private lastFinal: ImagePart | undefined;

  /** Gives the images that are thoughts, and those that a later one has replaced. */
  add(candidate: unknown): readonly JsonBlob[] {
    const finishReason = field(candidate, 'finishReason');
    if (isSpecified(finishReason)) {
      this.finishReason = sanitisedReason(finishReason);
    }
    const parts = items(member(member(candidate, 'content'), 'parts')).flatMap(readImagePart);
    return parts.flatMap((part) => this.addImage(part));
  }

  finalImage(finishReason: string | undefined): ImagePart | undefined {
    if (finishReason === undefined) {
      return undefined;
    }
    return this.lastFinal ?? (finishReason === 'STOP' ? this.lastThought : undefined);
  }

  private addImage(part: ImagePart): readonly JsonBlob[] {
    this.imageCount += 1;
    if (part.thought) {
      this.lastThought = part;
      return [part.data];
    }
    const replaced = this.lastFinal;
    this.lastFinal = part;
    return replaced === undefined ? [] : [replaced.data];
  }
}

function readImagePart(part: unknown): readonly ImagePart[] {
  const inlineData = field(part, 'inlineData');
  const mimeType = field(inlineData, 'mimeType');
  const declaredMimeType = typeof mimeType === 'string' ? mimeType : undefined;
  const data = toBlob(member(inlineData, 'data'));
  if (data === undefined || !mayBeImage(declaredMimeType, data)) {
    return [];
  }
  return [{ data, declaredMimeType, thought: member(part, 'thought') === true }];
}

/** Relays label images as anything, or as nothing: a label that names something else is checked. */
function mayBeImage(declaredMimeType: string | undefined, data: JsonBlob): boolean {
  return (
    declaredMimeType === undefined ||
    /^image\//i.test(declaredMimeType) ||
    looksLikeImageBase64(data)
  );
}

function toBlob(data: unknown): JsonBlob | undefined {
  const blob = typeof data === 'string' ? JsonBlob.from(Buffer.from(data)) : data;
  return blob instanceof JsonBlob && blob.byteLength > 0 ? blob : undefined;
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

function isGiven(reason: unknown): boolean {
  return reason !== undefined && reason !== null && reason !== '';
}

function isSpecified(reason: unknown): boolean {
  return isGiven(reason) && !UNSPECIFIED.has(reason);
}

/** Reasons end up in logs and messages, so only what looks like one of Google's names gets through. */
function sanitisedReason(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Z0-9_]{1,64}$/.test(reason) ? reason : 'UNKNOWN';
}
