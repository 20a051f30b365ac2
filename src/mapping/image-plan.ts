import { invalidRequest } from '../errors/gateway-error';
import type { JsonBlob } from '../json/json-blob';
import { allowedImageSize, sizesWithin } from './allowed-image-size';
import { looksLikeDimensions, nearestAspectRatio } from './aspect-ratio';
import type { Choice } from './choice';
import type { Conversation } from './conversation';
import type { ImageOutputFormat, ImageRequestFields, ImageResponseFormat } from './image-request';
import {
  asksForMore,
  imageSizeForQuality,
  normaliseImageSize,
  qualityWordsFor,
} from './image-size';
import type { MappingOptions } from './mapping-options';
import { quotable, toWarning } from './mapping-warning';
import type { ModelAllowance } from './model-allowance';
import type { ModelFamily } from './model-catalogue';
import { applyStyle } from './prompt-style';
import type { ResolvedModel } from './resolved-model';
import { resolveModel } from './resolved-model';
import { isUnreadable, readSize } from './size-text';
import { geminiServiceTier, type GeminiServiceTier } from './service-tier';
import { unsupportedValue } from './supported-values';
import { chooseThinkingLevel } from './thinking-level';

/** An image that is sent upstream with the prompt. */
export interface InlineImage {
  /** From the image's own bytes: Gemini rejects a type that does not match them. */
  readonly mimeType: string;
  /** In base64. */
  readonly data: JsonBlob;
}

/**
 * The image under every result of a masked edit, and the mask, both in base64 as the client sent
 * them.
 */
export interface MaskOverlay {
  readonly original: JsonBlob;
  readonly mask: JsonBlob;
}

/** Everything that is decided before the first call. */
export interface ImagePlan {
  /** The id of the Gemini model that is called. */
  readonly model: string;
  /** The id as the client wrote it, or the default model's if it named none. */
  readonly requestedModel: string;
  /**
   * The family of the model that the client named; error codes and the default `response_format`
   * depend on it.
   */
  readonly modelFamily: ModelFamily;
  /** A value that identifies one end user, if the client sends one. */
  readonly user?: string;
  /** How many images, each of which is a separate call. */
  readonly n: number;
  /** The prompt that is actually sent. */
  readonly prompt: string;
  /** The same prompt, if it is not the client's own. */
  readonly revisedPrompt?: string;
  readonly aspectRatio?: string;
  readonly imageSize?: string;
  readonly seed?: number;
  /** The maximum number of partial images per image, 1 to 3; absent for none. */
  readonly partialImages?: number;
  /** Whether the model is asked to include its thoughts, which contain the partial images. */
  readonly includeThoughts?: true;
  /** How much the model thinks; absent if it decides itself. */
  readonly thinkingLevel?: string;
  /** Absent for Google's standard tier. */
  readonly serviceTier?: GeminiServiceTier;
  readonly responseFormat: ImageResponseFormat;
  /** Absent for the bytes that upstream made, unchanged. */
  readonly outputFormat?: ImageOutputFormat;
  readonly outputCompression?: number;
  /** The images of an edit, in order. A mask is the last one, in the form for the model. */
  readonly inputs?: readonly InlineImage[];
  readonly maskOverlay?: MaskOverlay;
  /** Whether the last input is the first one again, with marks. */
  readonly hasMarkup?: true;
  /** Sent instead of the prompt alone; absent if there is no conversation. */
  readonly conversation?: Conversation;
  /** What could not be done as asked; printable ASCII, at most 200 characters each. */
  readonly warnings: readonly string[];
}

/** The plan without its input images, for code that keeps it longer than the request. */
export function withoutImages(plan: ImagePlan): ImagePlan {
  const shown = { ...plan };
  for (const name of ['inputs', 'maskOverlay', 'conversation'] as const) {
    Reflect.deleteProperty(shown, name);
  }
  return shown;
}

/**
 * Decides everything about a request that can be decided without a call.
 *
 * @param fallbackAspectRatio the ratio if the request asks for none; undefined sends none, and the
 * model follows its input
 * @param allowance the models and sizes that the client may ask for
 * @throws GatewayError `model_not_found`, or `invalid_request` for an `aspect_ratio` or
 * `image_size` that the model lacks or the client may not ask for
 */
export function planImages(
  fields: ImageRequestFields,
  options: MappingOptions,
  fallbackAspectRatio: string | undefined,
  allowance: ModelAllowance = {},
): ImagePlan {
  const resolved = resolveModel(fields.model, options.defaultModel, allowance);
  const ratio = chooseAspectRatio(fields, resolved, fallbackAspectRatio);
  const size = allowedImageSize(
    chooseImageSize(fields, resolved, options.qualityAliases, allowance),
    resolved.model,
    allowance,
  );
  const thinking = chooseThinkingLevel(fields.complexity, resolved.model);
  return {
    model: resolved.model.id,
    requestedModel: resolved.requested,
    modelFamily: resolved.family,
    user: fields.user,
    n: fields.n ?? fields.batchSize ?? 1,
    ...applyStyle(fields.prompt, fields.style),
    aspectRatio: ratio.value,
    imageSize: size.value,
    seed: fields.seed,
    ...partialImages(fields, resolved),
    thinkingLevel: thinking.value,
    serviceTier: geminiServiceTier(fields.serviceTier),
    responseFormat: fields.responseFormat ?? defaultResponseFormat(resolved.family, options),
    outputFormat: fields.outputFormat ?? defaultOutputFormat(options),
    outputCompression: fields.outputCompression,
    warnings: [
      ...shutDownWarnings(resolved),
      ...ratio.warnings,
      ...size.warnings,
      ...thinking.warnings,
    ].map(toWarning),
  };
}

/** The plan with additional warnings. */
export function withWarnings(plan: ImagePlan, warnings: readonly string[] = []): ImagePlan {
  return warnings.length === 0
    ? plan
    : { ...plan, warnings: [...plan.warnings, ...warnings.map(toWarning)] };
}

/** Names the model that replaces one that Google has shut down. */
export function shutDownWarnings({
  isShutDown,
  requested,
  model,
}: ResolvedModel): readonly string[] {
  return isShutDown === undefined
    ? []
    : [`model "${quotable(requested)}" was shut down by Google; used ${model.id}`];
}

/** Thoughts are billed whether they are included or not, so asking for them costs nothing. */
function partialImages(
  { partialImages = 0 }: ImageRequestFields,
  { model }: ResolvedModel,
): Pick<ImagePlan, 'partialImages' | 'includeThoughts'> {
  if (partialImages === 0) {
    return {};
  }
  return { partialImages, ...(model.takesThinkingConfig ? { includeThoughts: true } : {}) };
}

/**
 * `aspect_ratio`, otherwise a `size` that can be parsed, otherwise the suffix, otherwise the
 * fallback.
 */
function chooseAspectRatio(
  fields: ImageRequestFields,
  { model, suffixAspectRatio }: ResolvedModel,
  fallback: string | undefined,
): Choice {
  const size = readSize(fields);
  const asked = fields.aspectRatio?.trim();
  if (asked !== undefined && !model.aspectRatios.includes(asked)) {
    const field = fields.names?.aspectRatio ?? 'aspect_ratio';
    throw unsupportedValue(field, asked, model.aspectRatios);
  }
  const fromSize = size?.dimensions && nearestAspectRatio(size.dimensions, model.aspectRatios);
  const explicit = asked ?? fromSize;
  const suffixLacking =
    suffixAspectRatio !== undefined && !model.aspectRatios.includes(suffixAspectRatio);
  const value = explicit ?? (suffixLacking ? fallback : (suffixAspectRatio ?? fallback));

  const outcome = value === undefined ? 'no aspect ratio was sent' : `used ${value}`;
  const warnings: string[] = [];
  if (size !== undefined && isUnreadable(size)) {
    warnings.push(`${size.field} "${quotable(size.text)}" is not WIDTHxHEIGHT; ${outcome}`);
  }
  if (explicit === undefined && suffixLacking) {
    warnings.push(
      `model name asks for ${suffixAspectRatio}, which ${model.id} does not make; ${outcome}`,
    );
  }
  return { value, warnings };
}

/** `image_size`, otherwise a `quality` that asks for one, otherwise the suffix, otherwise none. */
function chooseImageSize(
  fields: ImageRequestFields,
  { model, suffixImageSize }: ResolvedModel,
  qualityAliases: ReadonlyMap<string, string>,
  allowance: ModelAllowance,
): Choice {
  if (fields.imageSize !== undefined && !looksLikeDimensions(fields.imageSize)) {
    const field = fields.names?.imageSize ?? 'image_size';
    return { value: checkedImageSize(field, fields.imageSize, model), field, warnings: [] };
  }
  const quality = fields.quality ?? '';
  const fromQuality = imageSizeForQuality(quality, qualityAliases);
  const wanted = fromQuality ?? suffixImageSize;
  const isMade = wanted === undefined || model.imageSizes.includes(wanted);
  const value = isMade ? wanted : undefined;
  const isIgnored = fromQuality === undefined && asksForMore(quality);
  const warnings = isIgnored ? [ignoredQuality(quality, value, model, allowance)] : [];
  if (isMade) {
    return { value, warnings };
  }
  const who = fromQuality === undefined ? 'model name' : `quality "${quotable(quality)}"`;
  const warning = `${who} asks for ${wanted}, which ${model.id} does not make; no image size was sent`;
  return { warnings: [warning, ...warnings] };
}

/**
 * The warning for a `quality` that asks for more than words other than `hd` and `medium` get: what
 * was done, and what to write.
 */
function ignoredQuality(
  quality: string,
  imageSize: string | undefined,
  model: ResolvedModel['model'],
  allowance: ModelAllowance,
): string {
  const outcome = imageSize === undefined ? 'none was sent' : `used ${imageSize}`;
  const words = qualityWordsFor(sizesWithin(allowance, model));
  const advice =
    words.length === 0
      ? `${model.id} makes no larger ones`
      : `${words.join(', ')} (QUALITY_ALIASES can map more)`;
  return `quality "${quotable(quality)}" does not set the image size, ${outcome}; ${advice}`;
}

function checkedImageSize(field: string, text: string, model: ResolvedModel['model']): string {
  const imageSize = normaliseImageSize(text);
  if (model.imageSizes.includes(imageSize)) {
    return imageSize;
  }
  if (model.imageSizes.length > 0) {
    throw unsupportedValue(field, text, model.imageSizes);
  }
  throw invalidRequest(
    field,
    'invalid_value',
    `Invalid value: '${quotable(text)}'. The model '${model.id}' has one fixed image size: leave ${field} out.`,
  );
}

/** OpenAI's own default for DALL·E is `url`, and its clients expect nothing else. */
function defaultResponseFormat(family: ModelFamily, options: MappingOptions): ImageResponseFormat {
  return family === 'dall-e' ? 'url' : options.defaultResponseFormat;
}

function defaultOutputFormat(options: MappingOptions): ImageOutputFormat | undefined {
  return options.defaultOutputFormat === 'upstream' ? undefined : options.defaultOutputFormat;
}
