import { JsonBlob } from '../json/json-blob';
import { items, member } from './json-member';
import type { ImageUsage } from './usage';
import { readUsage } from './usage';

/** What a complete answer of `generateContent` comes down to. Its prose is never carried on. */
export type GeminiAnswer =
  | {
      readonly kind: 'image';
      /** The base64 text of the final image. */
      readonly data: JsonBlob;
      /** What Gemini says the image is; it has been wrong, so look at the bytes. */
      readonly declaredMimeType?: string;
      /** All images of the answer, interim ones included: each of them is billed. */
      readonly imageCount: number;
      readonly usage?: ImageUsage;
    }
  /** Google's policy forbids it: asking again cannot help. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No image, by chance: asking again may help. */
  | { readonly kind: 'empty'; readonly reason: string }
  /** No image, since the tokens ran out: asking again runs out again. */
  | { readonly kind: 'cut_short'; readonly reason: 'MAX_TOKENS' }
  /** Not an answer of Gemini's at all. */
  | { readonly kind: 'malformed' };

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
]);

/** A body that has none of these is not Gemini's. */
const ANSWER_MEMBERS = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion'];

interface ImagePart {
  readonly data: JsonBlob;
  readonly declaredMimeType?: string;
  readonly thought: boolean;
}

interface Candidate {
  readonly images: readonly ImagePart[];
  readonly finishReason: string;
}

/**
 * Reads a complete answer, of which nothing is taken on trust; never throws.
 *
 * A blocked prompt has no answer, whatever stands beside the block. Otherwise an image that came is
 * an image, whatever the finishReason: it is made, billed and delivered. Only without one does the
 * finishReason decide, and one that is unknown counts as chance.
 */
export function readGeminiAnswer(answer: unknown): GeminiAnswer {
  if (!looksLikeAnswer(answer)) {
    return { kind: 'malformed' };
  }
  const blockReason = member(member(answer, 'promptFeedback'), 'blockReason');
  if (isGiven(blockReason)) {
    return { kind: 'refused', reason: sanitisedReason(blockReason) };
  }
  const candidates = items(member(answer, 'candidates')).map(readCandidate);
  for (const candidate of candidates) {
    const final = finalImage(candidate);
    if (final !== undefined) {
      return {
        kind: 'image',
        data: final.data,
        declaredMimeType: final.declaredMimeType,
        imageCount: candidate.images.length,
        usage: readUsage(member(answer, 'usageMetadata')),
      };
    }
  }
  return withoutImage(candidates.map(({ finishReason }) => finishReason));
}

/** The worst of several reasons counts; Easel asks for one candidate, so there is hardly a second. */
function withoutImage(finishReasons: readonly string[]): GeminiAnswer {
  const policy = finishReasons.find((reason) => POLICY_FINISH_REASONS.has(reason));
  if (policy !== undefined) {
    return { kind: 'refused', reason: policy };
  }
  return finishReasons.includes('MAX_TOKENS')
    ? { kind: 'cut_short', reason: 'MAX_TOKENS' }
    : { kind: 'empty', reason: finishReasons[0] ?? 'NO_CANDIDATES' };
}

/**
 * Gemini may draw drafts before the image it means: some marked as thoughts, some as ordinary
 * parts, and the draft has been 1K where the final image was 4K. So the last one counts. Now and
 * then the only image is marked as a thought; it is the answer if the model finished normally.
 * A thoughtSignature says nothing here: drafts carry one too.
 */
function finalImage({ images, finishReason }: Candidate): ImagePart | undefined {
  const meant = images.filter(({ thought }) => !thought);
  if (meant.length > 0) {
    return meant.at(-1);
  }
  return finishReason === 'STOP' ? images.at(-1) : undefined;
}

function readCandidate(candidate: unknown): Candidate {
  const finishReason = member(candidate, 'finishReason');
  return {
    images: items(member(member(candidate, 'content'), 'parts')).flatMap(readImagePart),
    // The answer is complete, so a reason left out is the ordinary one.
    finishReason: isGiven(finishReason) ? sanitisedReason(finishReason) : 'STOP',
  };
}

function readImagePart(part: unknown): readonly ImagePart[] {
  const inlineData = member(part, 'inlineData');
  const mimeType = member(inlineData, 'mimeType');
  const declaredMimeType = typeof mimeType === 'string' ? mimeType : undefined;
  const data = toBlob(member(inlineData, 'data'));
  if (data === undefined || !/^image\//i.test(declaredMimeType ?? 'image/')) {
    return [];
  }
  return [{ data, declaredMimeType, thought: member(part, 'thought') === true }];
}

function toBlob(data: unknown): JsonBlob | undefined {
  const blob = typeof data === 'string' ? JsonBlob.from(Buffer.from(data)) : data;
  return blob instanceof JsonBlob && blob.byteLength > 0 ? blob : undefined;
}

function looksLikeAnswer(answer: unknown): boolean {
  const candidates = member(answer, 'candidates') ?? [];
  return (
    Array.isArray(candidates) && ANSWER_MEMBERS.some((key) => member(answer, key) !== undefined)
  );
}

function isGiven(reason: unknown): boolean {
  return reason !== undefined && reason !== null && reason !== '';
}

/** Reasons end up in logs and messages, so only what looks like one of Google's names gets through. */
function sanitisedReason(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Z0-9_]{1,64}$/.test(reason) ? reason : 'UNKNOWN';
}
