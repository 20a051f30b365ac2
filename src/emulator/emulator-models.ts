/** What a model accepts and produces, as far as the emulator imitates it. */
export interface EmulatorModel {
  readonly id: string;
  readonly displayName: string;
  readonly ratios: readonly string[];
  /** Empty if the model has no `imageSize`; Google then fails with 500 on one. */
  readonly sizes: readonly string[];
  readonly mimeType: 'image/jpeg' | 'image/png';
  /** Undefined if Google only recommends a number, and rejects none. */
  readonly maxInputImages: number | undefined;
  /**
   * The thinking levels, `''` for none sent, each with the number of partial images when thoughts
   * are requested. Empty if `thinkingConfig` is rejected.
   */
  readonly partialImages: Readonly<Record<string, number>>;
  readonly search: boolean;
  /** Tokens charged for each input image. */
  readonly inputImageTokens: number;
  /** Tokens charged for a generated image, by size. */
  readonly outputImageTokens: Readonly<Record<string, number>>;
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
}

const STANDARD_RATIOS = [
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
] as const;

const ALL_RATIOS = [...STANDARD_RATIOS, '1:4', '4:1', '1:8', '8:1'] as const;

/** Deliberately separate from the gateway's table: a mistake there must not be hidden here. */
export const EMULATOR_MODELS: readonly EmulatorModel[] = [
  {
    id: 'gemini-3-pro-image',
    displayName: 'Nano Banana Pro',
    ratios: STANDARD_RATIOS,
    sizes: ['1K', '2K', '4K'],
    mimeType: 'image/jpeg',
    maxInputImages: 14,
    // Levels are accepted, though no effect has ever been measured.
    partialImages: { '': 2, MINIMAL: 2, LOW: 2, MEDIUM: 2, HIGH: 2 },
    search: true,
    inputImageTokens: 560,
    outputImageTokens: { '1K': 1120, '2K': 1120, '4K': 2000 },
    inputTokenLimit: 65_536,
    outputTokenLimit: 32_768,
  },
  {
    id: 'gemini-nano-banana-2.1',
    displayName: 'Nano Banana 2.1',
    ratios: ALL_RATIOS,
    sizes: ['1K', '2K', '4K'],
    mimeType: 'image/jpeg',
    maxInputImages: 14,
    partialImages: { '': 2, MINIMAL: 1, MEDIUM: 2, HIGH: 2 },
    search: true,
    inputImageTokens: 258,
    outputImageTokens: { '1K': 1120, '2K': 1680, '4K': 3770 },
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
  },
  {
    id: 'gemini-3.1-flash-image',
    displayName: 'Nano Banana 2',
    ratios: ALL_RATIOS,
    sizes: ['512', '1K', '2K', '4K'],
    mimeType: 'image/jpeg',
    maxInputImages: 14,
    partialImages: { '': 1, MINIMAL: 1, HIGH: 2 },
    search: true,
    inputImageTokens: 258,
    outputImageTokens: { '512': 747, '1K': 1120, '2K': 1680, '4K': 2520 },
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
  },
  {
    id: 'gemini-3.1-flash-lite-image',
    displayName: 'Nano Banana 2 Lite',
    ratios: STANDARD_RATIOS,
    sizes: ['1K'],
    mimeType: 'image/jpeg',
    maxInputImages: 14,
    partialImages: { '': 1, MINIMAL: 1, HIGH: 2 },
    search: false,
    inputImageTokens: 258,
    outputImageTokens: { '1K': 1120 },
    inputTokenLimit: 65_536,
    outputTokenLimit: 4096,
  },
  {
    id: 'gemini-2.5-flash-image',
    displayName: 'Nano Banana',
    ratios: STANDARD_RATIOS,
    sizes: [],
    mimeType: 'image/png',
    maxInputImages: undefined,
    partialImages: {},
    search: false,
    inputImageTokens: 258,
    outputImageTokens: { '1K': 1290 },
    inputTokenLimit: 32_768,
    outputTokenLimit: 32_768,
  },
];

/**
 * Undefined for ids that Google never had and for those it has shut down: both get the same
 * response.
 */
export function findModel(id: string): EmulatorModel | undefined {
  return EMULATOR_MODELS.find((model) => model.id === id);
}

/** Whether the model includes its thoughts, and accepts a `thinkingConfig`. */
export function thinks({ partialImages }: EmulatorModel): boolean {
  return Object.keys(partialImages).length > 0;
}

/** A model as `GET /v1beta/models` shows it. */
export function modelResource(model: EmulatorModel): object {
  return {
    name: `models/${model.id}`,
    version: '3.0',
    displayName: model.displayName,
    inputTokenLimit: model.inputTokenLimit,
    outputTokenLimit: model.outputTokenLimit,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    ...(thinks(model) ? { thinking: true } : {}),
  };
}
