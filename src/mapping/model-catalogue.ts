import type { ImageComplexity } from './image-request';

/** A Gemini image model, and what may be asked of it. Ids are plain strings: Google's set moves. */
export interface CatalogueModel {
  readonly id: string;
  /** Google's name for it, and the one that its id is made of, for people. */
  readonly name: string;
  /** As Google's own list has it. */
  readonly displayName: string;
  readonly description: string;
  /** The most tokens that go in and come out, as Google's model pages have them. */
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
  /** The aspect ratios it makes, as Gemini writes them; the standard ones come first. */
  readonly aspectRatios: readonly string[];
  /** The values it takes as `imageSize`; empty when `imageSize` must never be sent. */
  readonly imageSizes: readonly string[];
  /** How many images an edit may carry, its mask included. */
  readonly maxInputImages: number;
  /** Whether it takes a `thinkingConfig`, and so shows partial images when asked to. */
  readonly takesThinkingConfig: boolean;
  /** Its `thinkingLevel`s by the `complexity` that asks for them; empty where none can be chosen. */
  readonly thinkingLevels: Readonly<Partial<Record<ImageComplexity, string>>>;
}

/** The family of the model that the client named: DALL·E has defaults and error codes of its own. */
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

/** Every ratio that any Gemini image model makes. */
export const ALL_ASPECT_RATIOS: readonly string[] = [...TEN_RATIOS, '1:4', '4:1', '1:8', '8:1'];

/** Every `imageSize` that any Gemini image model takes, the smallest first. */
export const ALL_IMAGE_SIZES: readonly string[] = ['512', '1K', '2K', '4K'];

/** What lists say of the age of every model: 2026-01-01. Typed SDKs require an integer, and no client needs the real date. */
export const MODELS_CREATED = 1_767_225_600;

/** What the gateway knows of a model is its entry here. CONTRIBUTING.md lists the tables of others. */
export const GEMINI_MODELS: readonly CatalogueModel[] = [
  {
    id: 'gemini-3-pro-image',
    name: 'Nano Banana Pro (Gemini 3 Pro Image)',
    displayName: 'Nano Banana Pro',
    description: 'The most capable one, for complex scenes, legible text and up to 4K.',
    inputTokenLimit: 65_536,
    outputTokenLimit: 32_768,
    aspectRatios: TEN_RATIOS,
    imageSizes: ['1K', '2K', '4K'],
    maxInputImages: 14,
    takesThinkingConfig: true,
    // It takes levels, and thinks as it likes: no effect has been measured.
    thinkingLevels: {},
  },
  {
    id: 'gemini-nano-banana-2.1',
    name: 'Nano Banana 2.1',
    displayName: 'Nano Banana 2.1',
    description:
      'Google’s recommendation for most pictures: fast, with a choice of how much it thinks.',
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
    description: 'Fast, with small pictures of 512 pixels and extreme ratios.',
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
    description: 'The fastest and cheapest one, 1K only.',
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
    description: 'The oldest one, of one fixed size.',
    inputTokenLimit: 32_768,
    outputTokenLimit: 32_768,
    aspectRatios: TEN_RATIOS,
    imageSizes: [],
    // Google recommends three at most, but takes more.
    maxInputImages: 14,
    takesThinkingConfig: false,
    thinkingLevels: {},
  },
];

/** Ids that Google has shut down or that its SDK uses beside the real one, and what they are now. */
export const RENAMED_MODELS: ReadonlyMap<string, string> = new Map([
  ['gemini-3-pro-image-preview', 'gemini-3-pro-image'],
  ['nano-banana-pro-preview', 'gemini-3-pro-image'],
  ['gemini-3.1-flash-image-preview', 'gemini-3.1-flash-image'],
  ['gemini-2.5-flash-image-preview', 'gemini-2.5-flash-image'],
]);

/** OpenAI's ids that stand for the default model. Each is listed: pickers show nothing else. */
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
 * Any other id that begins so stands for the default model too: OpenAI adds dated ones all the time, and
 * programs still name those that Google has shut down.
 */
export const ALIAS_PREFIXES: readonly string[] = ['gpt-image-', 'chatgpt-image-', 'imagen-'];

/** The aliases of which a client is told, since it named a model that is gone: Google shut Imagen down on 2026-08-17. */
export const SHUT_DOWN_MODELS = /^imagen-/;

/** What clients write before an id, by the provider or the path that they think of. */
export const MODEL_PREFIXES = /^(?:models|google|openai|gemini|vertex_ai)\//;

const MODELS_BY_ID: ReadonlyMap<string, CatalogueModel> = new Map(
  GEMINI_MODELS.map((model) => [model.id, model]),
);

/** The model with this id in lower case, under its present name or one that Google has given up. */
export function findGeminiModel(id: string): CatalogueModel | undefined {
  return MODELS_BY_ID.get(RENAMED_MODELS.get(id) ?? id);
}

/** What every model makes when no `imageSize` is sent, and what one makes that takes none. */
export const DEFAULT_IMAGE_SIZE = '1K';

/** The smallest images that a model can be asked for. */
export function smallestImageSize({ imageSizes }: CatalogueModel): string {
  return imageSizes[0] ?? DEFAULT_IMAGE_SIZE;
}

/**
 * What `GET /v1/models` shows: Google's models, then the concrete aliases.
 *
 * @param models the only ones of Google's to list, by their ids
 */
export function listedModelIds(models?: readonly string[]): readonly ListedModel[] {
  const ids = GEMINI_MODELS.map(({ id }) => id).filter((id) => models?.includes(id) !== false);
  return [
    ...ids.map((id) => ({ id, ownedBy: 'google' as const })),
    ...[...OPENAI_ALIASES.keys()].map((id) => ({ id, ownedBy: 'easel-alias' as const })),
  ];
}
