import type { JsonBlob } from '../json/json-blob';

/** A part of a prompt: text, or an image with its true type and standard base64 data. */
type GeminiRequestPart =
  | { readonly text: string }
  | { readonly inlineData: { readonly mimeType: string; readonly data: string | JsonBlob } };

/** The format of an image, as Vertex AI takes it. */
export interface ImageOutputOptions {
  readonly mimeType: 'image/png' | 'image/jpeg';
  /** 0 to 100. */
  readonly compressionQuality?: number;
}

/** The end of a call's URL: a model's method, with a query where it has one. */
export type GeminiMethod =
  `${'generateContent' | 'streamGenerateContent' | 'countTokens'}${'' | `?${string}`}`;

/**
 * The body of `models/{model}:generateContent` and of its streamed twin. The Developer API takes nothing but `aspectRatio`
 * and `imageSize` in `imageConfig`: any other name there is a 400, and so is `candidateCount` above 1.
 */
export interface GenerateContentRequest {
  readonly contents: readonly {
    readonly role: 'user';
    readonly parts: readonly GeminiRequestPart[];
  }[];
  readonly generationConfig: {
    readonly responseModalities: readonly ['IMAGE'];
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
  };
  /** The Developer API's alone: Vertex AI has a header for it. */
  readonly serviceTier?: 'standard' | 'flex' | 'priority';
}
