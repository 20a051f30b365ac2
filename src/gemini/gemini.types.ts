import type { JsonBlob } from '../json/json-blob';

/** A part of a prompt: text, or an image with its true type and standard base64 data. */
export type GeminiRequestPart =
  | { readonly text: string }
  | { readonly inlineData: { readonly mimeType: string; readonly data: string | JsonBlob } };

/** The format of an image, as Vertex AI expects it. */
export interface ImageOutputOptions {
  readonly mimeType: 'image/png' | 'image/jpeg';
  /** 0 to 100. */
  readonly compressionQuality?: number;
}

/** The end of a call's URL: a model's method, optionally with a query. */
export type GeminiMethod =
  `${'generateContent' | 'streamGenerateContent' | 'countTokens'}${'' | `?${string}`}`;

/**
 * The body of `models/{model}:generateContent` and its streaming variant. The Developer API accepts
 * only `aspectRatio` and `imageSize` in `imageConfig`: any other name is a 400, and so is
 * `candidateCount` above 1.
 */
export interface GenerateContentRequest {
  readonly contents: readonly {
    readonly role: 'user' | 'model';
    readonly parts: readonly GeminiRequestPart[];
  }[];
  readonly systemInstruction?: { readonly parts: readonly GeminiRequestPart[] };
  readonly generationConfig: {
    readonly responseModalities: readonly ['IMAGE'] | readonly ['TEXT', 'IMAGE'];
    readonly imageConfig?: {
      readonly aspectRatio?: string;
      readonly imageSize?: string;
      /** Vertex AI only. */
      readonly imageOutputOptions?: ImageOutputOptions;
    };
    /** Only for models that think; `gemini-2.5-flash-image` rejects it. */
    readonly thinkingConfig?: {
      readonly includeThoughts?: true;
      readonly thinkingLevel?: string;
    };
    readonly seed?: number;
    readonly temperature?: number;
    readonly topP?: number;
  };
  /** Developer API only: Vertex AI uses a header. */
  readonly serviceTier?: 'standard' | 'flex' | 'priority';
}
