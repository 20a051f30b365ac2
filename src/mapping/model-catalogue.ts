import type { ImageComplexity } from './image-request';

/**
 * A Gemini image model and its capabilities. Ids are plain strings, because Google's set changes.
 */
export interface CatalogueModel {
  readonly id: string;
  /** Google's names for it, marketing name and id, for people. */
  readonly name: string;
  /** As in Google's own model list. */
  readonly displayName: string;
  readonly description: string;
  /** The maximum input and output tokens, according to Google's model pages. */
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
  /** The aspect ratios it supports, as Gemini writes them; the standard ones come first. */
  readonly aspectRatios: readonly string[];
  /** The `imageSize` values it supports; empty if `imageSize` must never be sent. */
  readonly imageSizes: readonly string[];
  /** The maximum number of images in an edit, its mask included. */
  readonly maxInputImages: number;
  /** Whether it accepts a `thinkingConfig`, and so can return partial images. */
  readonly takesThinkingConfig: boolean;
  /** Its `thinkingLevel`s by the `complexity` that selects them; empty if none can be selected. */
  readonly thinkingLevels: Readonly<Partial<Record<ImageComplexity, string>>>;
}

/** The family of the model that the client named: DALL·E has its own defaults and error codes. */
export type ModelFamily = 'dall-e' | 'other';

export interface ListedModel {
  readonly id: string;
  readonly ownedBy: 'google' | 'easel-alias';
}

const TEN_RATIOS = [
  '1:1',
  '2:3',
  '3:2',
  '3:4',
  '4:3',
  '4:5',
  '5:4',
  '9:16',
  '16:9',
  '21:9',
] as const satisfies readonly string[];

/** Every ratio that any Gemini image model supports. */
export const ALL_ASPECT_RATIOS: readonly string[] = [...TEN_RATIOS, '1:4', '4:1', '1:8', '8:1'];

/** Every `imageSize` that any Gemini image model supports, the smallest first. */
export const ALL_IMAGE_SIZES: readonly string[] = ['512', '1K', '2K', '4K'];

/**
 * The creation date of every model in lists: 2026-01-01. Typed SDKs require an integer, and no
 * client needs the real date.
 */
export const MODELS_CREATED = 1_767_225_600;

/**
 * All that the gateway knows of a model is its entry here. CONTRIBUTING.md lists the tables
 * elsewhere.
 */
export const GEMINI_MODELS: readonly CatalogueModel[] = [
  {
    id: 'gemini-3-pro-image',
    name: 'Nano Banana Pro (Gemini 3 Pro Image)',
    displayName: 'Nano Banana Pro',
    description: 'The most capable model, for complex scenes, legible text and up to 4K.',
    inputTokenLimit: 65_536,
    outputTokenLimit: 32_768,
    aspectRatios: TEN_RATIOS,
    imageSizes: ['1K', '2K', '4K'],
    maxInputImages: 14,
    takesThinkingConfig: true,
    // It accepts levels, but no effect has been measured.
    thinkingLevels: {},
  },
  {
    id: 'gemini-nano-banana-2.1',
    name: 'Nano Banana 2.1',
    displayName: 'Nano Banana 2.1',
    description: 'Google’s recommendation for most images: fast, with selectable thinking levels.',
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
    aspectRatios: ALL_ASPECT_RATIOS,
    imageSizes: ['1K', '2K', '4K'],
    maxInputImages: 14,
    takesThinkingConfig: true,
    thinkingLevels: { low: 'MINIMAL', medium: 'MEDIUM', high: 'HIGH' },
  },
  {
    id: 'gemini-3.1-flash-image',
    name: 'Nano Banana 2 (Gemini 3.1 Flash Image)',
    displayName: 'Nano Banana 2',
    description: 'Fast, with small images of 512 pixels and extreme ratios.',
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
    aspectRatios: ALL_ASPECT_RATIOS,
    imageSizes: ALL_IMAGE_SIZES,
    maxInputImages: 14,
    takesThinkingConfig: true,
    thinkingLevels: { low: 'MINIMAL', high: 'HIGH' },
  },
  {
    id: 'gemini-3.1-flash-lite-image',
    name: 'Nano Banana 2 Lite (Gemini 3.1 Flash Lite Image)',
    displayName: 'Nano Banana 2 Lite',
    description: 'The fastest and cheapest model, 1K only.',
    inputTokenLimit: 65_536,
    outputTokenLimit: 4096,
    aspectRatios: TEN_RATIOS,
    imageSizes: ['1K'],
    maxInputImages: 14,
    takesThinkingConfig: true,
    thinkingLevels: { low: 'MINIMAL', high: 'HIGH' },
  },
  {
    // Fails with 500 INTERNAL on any imageSize, and with an error on any thinkingConfig.
    id: 'gemini-2.5-flash-image',
    name: 'Nano Banana (Gemini 2.5 Flash Image)',
    displayName: 'Nano Banana',
    description: 'The oldest model, with one fixed size.',
    inputTokenLimit: 32_768,
    outputTokenLimit: 32_768,
    aspectRatios: TEN_RATIOS,
    imageSizes: [],
    // Google recommends at most three, but accepts more.
    maxInputImages: 14,
    takesThinkingConfig: false,
    thinkingLevels: {},
  },
];

/**
 * Ids that Google has shut down, or that its SDK uses beside the real one, and their current ids.
 */
export const RENAMED_MODELS: ReadonlyMap<string, string> = new Map([
  ['gemini-3-pro-image-preview', 'gemini-3-pro-image'],
  ['nano-banana-pro-preview', 'gemini-3-pro-image'],
  ['gemini-3.1-flash-image-preview', 'gemini-3.1-flash-image'],
  ['gemini-2.5-flash-image-preview', 'gemini-2.5-flash-image'],
]);

/**
 * OpenAI's ids that stand for the default model. All are listed, because model pickers show only
 * listed ids.
 */
export const OPENAI_ALIASES: ReadonlyMap<string, ModelFamily> = new Map([
  ['dall-e-2', 'dall-e'],
  ['dall-e-3', 'dall-e'],
  ['gpt-image-1', 'other'],
  ['gpt-image-1-mini', 'other'],
  ['gpt-image-1.5', 'other'],
  ['gpt-image-2', 'other'],
  ['gpt-image-2-2026-04-21', 'other'],
  ['gpt-image-2.5-sunburst', 'other'],
  ['gpt-image-2.5-sunburst-2026-09-08', 'other'],
  ['gpt-image-2.5-flare', 'other'],
  ['gpt-image-2.5-flare-2026-09-08', 'other'],
  ['gpt-image-2.6-sunburst', 'other'],
  ['gpt-image-2.6-flare', 'other'],
  ['chatgpt-image-latest', 'other'],
]);

/**
 * Any other id with such a prefix also stands for the default model: OpenAI keeps adding dated
 * ones, and programs still use those that Google has shut down.
 */
export const ALIAS_PREFIXES: readonly string[] = ['gpt-image-', 'chatgpt-image-', 'imagen-'];

/**
 * The aliases that cause a warning, since the client named a model that no longer exists: Google
 * shut Imagen down on 2026-08-17.
 */
export const SHUT_DOWN_MODELS = /^imagen-/;

/** Prefixes that clients put before an id, for the provider or the path. */
export const MODEL_PREFIXES = /^(?:models|google|openai|gemini|vertex_ai)\//;

const MODELS_BY_ID: ReadonlyMap<string, CatalogueModel> = new Map(
  GEMINI_MODELS.map((model) => [model.id, model]),
);

/** The model with this id in lower case, which may be a former id. */
export function findGeminiModel(id: string): CatalogueModel | undefined {
  return MODELS_BY_ID.get(RENAMED_MODELS.get(id) ?? id);
}

/** The size of every model if no `imageSize` is sent, and of the one model that accepts none. */
export const DEFAULT_IMAGE_SIZE = '1K';

/** The smallest `imageSize` that a model supports. */
export function smallestImageSize({ imageSizes }: CatalogueModel): string {
  return imageSizes[0] ?? DEFAULT_IMAGE_SIZE;
}

/**
 * The models in `GET /v1/models`: Google's, then the listed aliases.
 *
 * @param models limits Google's models to these ids
 */
export function listedModelIds(models?: readonly string[]): readonly ListedModel[] {
  const ids = GEMINI_MODELS.map(({ id }) => id).filter((id) => models?.includes(id) !== false);
  return [
    ...ids.map((id) => ({ id, ownedBy: 'google' as const })),
    ...[...OPENAI_ALIASES.keys()].map((id) => ({ id, ownedBy: 'easel-alias' as const })),
  ];
}
