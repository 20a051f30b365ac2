import type { JsonBlob } from '../json/json-blob';

/** A part of a prompt: text, or an image with its true type and standard base64 data. */
export type GeminiRequestPart =
  | { readonly text: string }
  | { readonly inlineData: { readonly mimeType: string; readonly data: string | JsonBlob } };

/**
 * The body of `models/{model}:generateContent`. The Developer API takes nothing but `aspectRatio`
 * and `imageSize` in `imageConfig`: any other name there is a 400, and so is `candidateCount` above 1.
 */
export interface GenerateContentRequest {
  readonly contents: readonly {
    readonly role: 'user';
    readonly parts: readonly GeminiRequestPart[];
  }[];
  readonly generationConfig: {
    readonly responseModalities: readonly ['IMAGE'];
    readonly imageConfig?: { readonly aspectRatio?: string; readonly imageSize?: string };
    readonly seed?: number;
  };
}

/**
 * What Gemini answers, as far as Easel reads it. Nothing is taken on trust: parts may be absent or
 * null, the mime type may be wrong, `data` is a blob when long and a plain string when short.
 */
export interface GenerateContentResponse {
  readonly candidates?: readonly GeminiCandidate[] | null;
  readonly promptFeedback?: { readonly blockReason?: string } | null;
  readonly usageMetadata?: GeminiUsageMetadata | null;
  readonly modelVersion?: string;
  readonly responseId?: string;
}

export interface GeminiCandidate {
  readonly content?: { readonly parts?: readonly GeminiResponsePart[] | null } | null;
  readonly finishReason?: string;
  readonly finishMessage?: string;
}

export interface GeminiResponsePart {
  readonly text?: string | JsonBlob;
  readonly inlineData?: { readonly mimeType?: string; readonly data?: string | JsonBlob };
  readonly thought?: boolean;
}

export interface GeminiUsageMetadata {
  readonly promptTokenCount?: number;
  readonly totalTokenCount?: number;
  readonly promptTokensDetails?:
    readonly { readonly modality?: string; readonly tokenCount?: number }[] | null;
}
