import { invalidRequest } from '../errors/gateway-error';
import type { JsonBlob } from '../json/json-blob';
import { allowedImageSize, sizesWithin } from './allowed-image-size';
import type { Dimensions } from './aspect-ratio';
import { looksLikeDimensions, nearestAspectRatio, parseDimensions } from './aspect-ratio';
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
import { geminiServiceTier, type GeminiServiceTier } from './service-tier';
import { unsupportedValue } from './supported-values';
import { chooseThinkingLevel } from './thinking-level';

/** An image that goes upstream with the prompt. */
export interface InlineImage {
  /** From the image's own bytes: Gemini refuses a type that is not theirs. */
  readonly mimeType: string;
  /** In base64. */
  readonly data: JsonBlob;
}

/** The image under every result of a masked edit, and the mask, both in base64 as the client sent them. */
export interface HeldMask {
  readonly original: JsonBlob;
  readonly mask: JsonBlob;
}

/** All that is decided before the first call goes out. */
export interface ImagePlan {
  /** The id of the Gemini model that is called. */
  readonly model: string;
  /** The id as the client wrote it, or the default model's when it named none. */
  readonly requestedModel: string;
  /** What the client named; its error codes and its default `response_format` hang on it. */
  readonly modelFamily: ModelFamily;
  /** A value that stays the same for one end user, if the client sends one. */
  readonly user?: string;
  /** How many images, each a call of its own. */
  readonly n: number;
  /** The prompt that is really sent. */
  readonly prompt: string;
  /** The same prompt, only when it is not the client's own any more. */
  readonly revisedPrompt?: string;
  readonly aspectRatio?: string;
  readonly imageSize?: string;
  readonly seed?: number;
  /** The maximum number of partial images per image, 1 to 3; absent: none. */
  readonly partialImages?: number;
  /** Whether the model is asked to show its thoughts, partial images among them. */
  readonly includeThoughts?: true;
  /** How much the model thinks; absent: as it likes. */
  readonly thinkingLevel?: string;
  /** Absent: Google's standard. */
  readonly serviceTier?: GeminiServiceTier;
  readonly responseFormat: ImageResponseFormat;
  /** Absent: the bytes that upstream made, untouched. */
  readonly outputFormat?: ImageOutputFormat;
  readonly outputCompression?: number;
  /** The images of an edit, in order; where there is a mask it is the last, as a model can see it. */
  readonly inputs?: readonly InlineImage[];
  readonly maskOverlay?: HeldMask;
  /** Whether the last input is the first once more, marked. */
  readonly hasMarkup?: true;
  /** What is sent instead of the prompt alone; absent for a prompt by itself. */
  readonly conversation?: Conversation;
  /** What could not be done as asked; printable ASCII, 200 characters each at most. */
  readonly warnings: readonly string[];
}

/** The plan without what was sent along, for whoever keeps it longer than the request. */
export function withoutImages(plan: ImagePlan): ImagePlan {
  const shown = { ...plan };
  for (const name of ['inputs', 'maskOverlay', 'conversation'] as const) {
    Reflect.deleteProperty(shown, name);
  }
  return shown;
}

/** The text that counts as `size`, and the field it came in. */
interface SizeText {
  readonly field: 'size' | 'image_size';
  readonly text: string;
  readonly dimensions?: Dimensions;
}

/**
 * Decides everything about a request that can be decided without calling anybody.
 *
 * @param fallbackAspectRatio the ratio when the request asks for none; undefined sends none, and
 * the model follows its input
 * @param allowance which models and sizes the client may ask for
 * @throws GatewayError `model_not_found`, or `invalid_request` for an `aspect_ratio` or `image_size`
 * that the model lacks or the client may not ask for
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

/** The plan with more to say about it. */
export function withWarnings(plan: ImagePlan, warnings: readonly string[] = []): ImagePlan {
  return warnings.length === 0
    ? plan
    : { ...plan, warnings: [...plan.warnings, ...warnings.map(toWarning)] };
}

function shutDownWarnings({ isShutDown, requested, model }: ResolvedModel): readonly string[] {
  return isShutDown === undefined
    ? []
    : [`model "${quotable(requested)}" is shut down at Google; used ${model.id}`];
}

/** Thoughts are billed whether they are shown or not, so what is wanted of them costs nothing. */
function partialImages(
  { partialImages = 0 }: ImageRequestFields,
  { model }: ResolvedModel,
): Pick<ImagePlan, 'partialImages' | 'includeThoughts'> {
  if (partialImages === 0) {
    return {};
  }
  return { partialImages, ...(model.takesThinkingConfig ? { includeThoughts: true } : {}) };
}

/** `aspect_ratio`, else a `size` that parses, else the suffix, else the fallback. */
function chooseAspectRatio(
  fields: ImageRequestFields,
  { model, suffixAspectRatio }: ResolvedModel,
  fallback: string | undefined,
): Choice {
  const size = readSize(fields);
  const asked = fields.aspectRatio?.trim();
  if (asked !== undefined && !model.aspectRatios.includes(asked)) {
    throw unsupportedValue('aspect_ratio', asked, model.aspectRatios);
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

/** `image_size`, else a `quality` that asks for one, else the suffix, else none. */
function chooseImageSize(
  fields: ImageRequestFields,
  { model, suffixImageSize }: ResolvedModel,
  qualityAliases: ReadonlyMap<string, string>,
  allowance: ModelAllowance,
): Choice {
  if (fields.imageSize !== undefined && !looksLikeDimensions(fields.imageSize)) {
    const value = checkedImageSize(fields.imageSize, model);
    return { value, isExplicit: true, warnings: [] };
  }
  const quality = fields.quality ?? '';
  const fromQuality = imageSizeForQuality(quality, qualityAliases);
  const wanted = fromQuality ?? suffixImageSize;
  if (wanted === undefined || model.imageSizes.includes(wanted)) {
    const isIgnored = fromQuality === undefined && asksForMore(quality);
    return {
      value: wanted,
      warnings: isIgnored ? [ignoredQuality(quality, wanted, model, allowance)] : [],
    };
  }
  const who = fromQuality === undefined ? 'model name' : `quality "${quotable(quality)}"`;
  const warning = `${who} asks for ${wanted}, which ${model.id} does not make; no image size was sent`;
  return { warnings: [warning] };
}

/** Of a `quality` that asks for more than any word but `hd` and `medium` gets: what was done, and what to write. */
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

function checkedImageSize(text: string, model: ResolvedModel['model']): string {
  const imageSize = normaliseImageSize(text);
  if (model.imageSizes.includes(imageSize)) {
    return imageSize;
  }
  if (model.imageSizes.length > 0) {
    throw unsupportedValue('image_size', text, model.imageSizes);
  }
  throw invalidRequest(
    'image_size',
    'invalid_value',
    `Invalid value: '${quotable(text)}'. The model '${model.id}' has one fixed image size: leave image_size out.`,
  );
}

/** A `WIDTHxHEIGHT` in `image_size` is SiliconFlow's way to say `size`; a `size` of its own wins. */
function readSize({ size, imageSize }: ImageRequestFields): SizeText | undefined {
  if (size !== undefined) {
    return { field: 'size', text: size, dimensions: parseDimensions(size) };
  }
  return imageSize !== undefined && looksLikeDimensions(imageSize)
    ? { field: 'image_size', text: imageSize, dimensions: parseDimensions(imageSize) }
    : undefined;
}

/** Empty and `auto` ask for nothing, so there is nothing to warn of. */
function isUnreadable({ text, dimensions }: SizeText): boolean {
  return dimensions === undefined && !['', 'auto'].includes(text.trim().toLowerCase());
}

/** Whether a request has a size that says something, but nothing that can be read. */
export function hasUnreadableSize(fields: ImageRequestFields): boolean {
  const size = readSize(fields);
  return size !== undefined && isUnreadable(size);
}

/** OpenAI's own default for DALL·E is `url`, and clients of it read nothing else. */
function defaultResponseFormat(family: ModelFamily, options: MappingOptions): ImageResponseFormat {
  return family === 'dall-e' ? 'url' : options.defaultResponseFormat;
}

function defaultOutputFormat(options: MappingOptions): ImageOutputFormat | undefined {
  return options.defaultOutputFormat === 'upstream' ? undefined : options.defaultOutputFormat;
}
