import { GatewayError } from '../errors/gateway-error';
import type { CatalogueModel, ModelFamily } from './model-catalogue';
import {
  ALL_ASPECT_RATIOS,
  ALL_IMAGE_SIZES,
  findGeminiModel,
  ALIAS_PREFIXES,
  MODEL_PREFIXES,
  OPENAI_ALIASES,
  SHUT_DOWN_MODELS,
} from './model-catalogue';
import { nearestModels } from './nearest-models';

/** What a client's model id comes down to. */
export interface ResolvedModel {
  /** The Gemini model that is called. */
  readonly model: CatalogueModel;
  /** The id as the client wrote it, or the default model's when it named none. */
  readonly requested: string;
  readonly family: ModelFamily;
  /** From a suffix such as `-16x9-4k`; real values of Gemini, which this very model may lack. */
  readonly suffixAspectRatio?: string;
  readonly suffixImageSize?: string;
  /** Set where the client named a model that Google has shut down, and another takes its place. */
  readonly isShutDown?: true;
}

type Target =
  | { readonly kind: 'gemini'; readonly model: CatalogueModel }
  | { readonly kind: 'openai-alias'; readonly family: ModelFamily };

interface Suffix {
  readonly aspectRatio?: string;
  readonly imageSize?: string;
}

interface ReadId {
  readonly target: Target;
  readonly suffix: Suffix;
}

/**
 * Finds the Gemini model for the id a client sends. Letter case does not matter, and one leading
 * `models/`, `google/` or another of `MODEL_PREFIXES` is dropped.
 *
 * @throws GatewayError `model_not_found` with the client's own text; with the default model's when
 * it is the default that is no Gemini model.
 */
export function resolveModel(requested: string | undefined, defaultModel: string): ResolvedModel {
  const read = readId(requested ?? defaultModel);
  if (read?.target.kind === 'gemini') {
    return resolved(read.target.model, requested ?? defaultModel, 'other', read.suffix);
  }
  if (read === undefined || requested === undefined) {
    throw modelNotFound(requested ?? defaultModel);
  }
  const fallback = readId(defaultModel);
  if (fallback?.target.kind !== 'gemini') {
    throw modelNotFound(defaultModel);
  }
  const suffix = { ...fallback.suffix, ...read.suffix };
  return {
    ...resolved(fallback.target.model, requested, read.target.family, suffix),
    ...(SHUT_DOWN_MODELS.test(bareName(requested)) ? { isShutDown: true } : {}),
  };
}

function bareName(id: string): string {
  return id.toLowerCase().replace(MODEL_PREFIXES, '');
}

/** Whether a request may name this id: a Gemini model, an alias, either with a suffix. */
export function isKnownModel(id: string): boolean {
  return readId(id) !== undefined;
}

/** Whether this id leads to a Gemini model by itself, as the default model must. */
export function isGeminiModel(id: string): boolean {
  return readId(id)?.target.kind === 'gemini';
}

function resolved(
  model: CatalogueModel,
  requested: string,
  family: ModelFamily,
  suffix: Suffix,
): ResolvedModel {
  return {
    model,
    requested,
    family,
    suffixAspectRatio: suffix.aspectRatio,
    suffixImageSize: suffix.imageSize,
  };
}

function modelNotFound(model: string): GatewayError {
  return new GatewayError({ kind: 'model_not_found', model, nearest: nearestModels(model) });
}

/**
 * The whole id is tried first, so that nothing is read into a real one; then the id without its
 * suffix; and only then the open-ended prefixes, which would swallow any suffix.
 */
function readId(id: string): ReadId | undefined {
  const name = bareName(id);
  const exact = exactTarget(name);
  if (exact !== undefined) {
    return { target: exact, suffix: {} };
  }
  const { base, parts } = splitSuffix(name);
  const stem = parts.length > 0 ? (exactTarget(base) ?? prefixTarget(base)) : undefined;
  if (stem !== undefined) {
    const suffix = readSuffix(parts);
    return suffix === undefined ? undefined : { target: stem, suffix };
  }
  const open = prefixTarget(name);
  return open === undefined ? undefined : { target: open, suffix: {} };
}

function exactTarget(name: string): Target | undefined {
  const model = findGeminiModel(name);
  if (model !== undefined) {
    return { kind: 'gemini', model };
  }
  const family = OPENAI_ALIASES.get(name);
  return family === undefined ? undefined : { kind: 'openai-alias', family };
}

function prefixTarget(name: string): Target | undefined {
  return ALIAS_PREFIXES.some((prefix) => name.startsWith(prefix) && name !== prefix)
    ? { kind: 'openai-alias', family: 'other' }
    : undefined;
}

const RATIO_PART = /^\d+x\d+$/;

function splitSuffix(name: string): { readonly base: string; readonly parts: readonly string[] } {
  const pieces = name.split('-');
  let end = pieces.length;
  while (end > 1 && isSuffixPart(pieces[end - 1] ?? '')) {
    end -= 1;
  }
  return { base: pieces.slice(0, end).join('-'), parts: pieces.slice(end) };
}

function isSuffixPart(piece: string): boolean {
  return RATIO_PART.test(piece) || ALL_IMAGE_SIZES.includes(piece.toUpperCase());
}

/** One ratio and one size at most, in any order; a ratio that no model makes spoils the id. */
function readSuffix(parts: readonly string[]): Suffix | undefined {
  const ratios = parts.filter((part) => RATIO_PART.test(part));
  const sizes = parts.filter((part) => !RATIO_PART.test(part));
  if (ratios.length > 1 || sizes.length > 1) {
    return undefined;
  }
  const aspectRatio = ratios[0]?.replace('x', ':');
  if (aspectRatio !== undefined && !ALL_ASPECT_RATIOS.includes(aspectRatio)) {
    return undefined;
  }
  const imageSize = sizes[0]?.toUpperCase();
  return {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
}
