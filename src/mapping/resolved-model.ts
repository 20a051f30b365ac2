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
import type { ModelAllowance } from './model-allowance';
import { nearestModels } from './nearest-models';

/** The model that a client's id resolves to. */
export interface ResolvedModel {
  /** The Gemini model that is called. */
  readonly model: CatalogueModel;
  /** The id as the client wrote it, or the default model's if it named none. */
  readonly requested: string;
  readonly family: ModelFamily;
  /** From a suffix such as `-16x9-4k`; values that Gemini has, but perhaps not this model. */
  readonly suffixAspectRatio?: string;
  readonly suffixImageSize?: string;
  /** Set if the client named a model that Google has shut down, and another one replaces it. */
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
 * Finds the Gemini model for a client's id. Case is ignored, and one leading `models/`, `google/`
 * or another of `MODEL_PREFIXES` is dropped.
 *
 * @param allowance what the client may use: a model outside it is treated as unknown
 * @throws GatewayError `model_not_found` with the client's own text, or with the default model's if
 * that is not a Gemini model
 */
export function resolveModel(
  requested: string | undefined,
  defaultModel: string,
  allowance: ModelAllowance = {},
): ResolvedModel {
  const fallbackId = ownDefault(defaultModel, allowance);
  const read = readId(requested ?? fallbackId);
  if (read?.target.kind === 'gemini' && isAllowed(read.target.model, allowance)) {
    return resolved(read.target.model, requested ?? fallbackId, 'other', read.suffix);
  }
  if (read?.target.kind !== 'openai-alias' || requested === undefined) {
    throw modelNotFound(requested ?? fallbackId, allowance);
  }
  const fallback = readId(fallbackId);
  if (fallback?.target.kind !== 'gemini') {
    throw modelNotFound(fallbackId, allowance);
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

/** The default model if the client may use it, otherwise the first one that it may. */
function ownDefault(defaultModel: string, allowance: ModelAllowance): string {
  const target = readId(defaultModel)?.target;
  return target?.kind === 'gemini' && !isAllowed(target.model, allowance)
    ? (allowance.models?.[0] ?? defaultModel)
    : defaultModel;
}

function isAllowed({ id }: CatalogueModel, { models }: ModelAllowance): boolean {
  return models?.includes(id) !== false;
}

/**
 * Whether a request may name this id: a Gemini model that its client may use, or an alias, either
 * with a suffix.
 */
export function isKnownModel(id: string, allowance: ModelAllowance = {}): boolean {
  const target = readId(id)?.target;
  return target?.kind === 'gemini' ? isAllowed(target.model, allowance) : target !== undefined;
}

/** Whether this id resolves to a Gemini model by itself, as the default model must. */
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

function modelNotFound(model: string, allowance: ModelAllowance): GatewayError {
  const nearest = nearestModels(model, allowance);
  return new GatewayError({ kind: 'model_not_found', model, nearest });
}

/**
 * Tries the whole id first, so that no suffix is read into an existing id; then the id without its
 * suffix; and only then the open-ended prefixes, which would match any suffix.
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

/**
 * At most one ratio and one size, in any order; a ratio that no model supports makes the id
 * unknown.
 */
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
