import type { ImageStyle } from './prompt-style';

export type ImageResponseFormat = 'b64_json' | 'url';
export const IMAGE_OUTPUT_FORMATS = ['png', 'jpeg', 'webp'] as const;
export type ImageOutputFormat = (typeof IMAGE_OUTPUT_FORMATS)[number];
/** How complex the image is, and so how much the model thinks. */
export type ImageComplexity = 'low' | 'medium' | 'high';
/** How fast a request is served, and at what price. */
export type ImageServiceTier = 'auto' | 'default' | 'flex' | 'priority';

/** What the client calls some fields, where that is not the Images API's name; errors name them so. */
export interface FieldNames {
  readonly n?: string;
  readonly aspectRatio?: string;
  readonly imageSize?: string;
}

/**
 * The fields of a request that the mapping reads. Types and ranges are already checked, and `null`
 * is already removed.
 */
export interface ImageRequestFields {
  readonly prompt: string;
  readonly model?: string;
  readonly n?: number;
  readonly size?: string;
  readonly quality?: string;
  readonly style?: ImageStyle;
  readonly responseFormat?: ImageResponseFormat;
  readonly outputFormat?: ImageOutputFormat;
  readonly outputCompression?: number;
  readonly aspectRatio?: string;
  readonly imageSize?: string;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly complexity?: ImageComplexity;
  readonly serviceTier?: ImageServiceTier;
  /** The number of partial images per image, 0 to 3; only a stream has them. */
  readonly partialImages?: number;
  /** A value that identifies one end user, whose requests may prefer one account. */
  readonly user?: string;
  readonly names?: FieldNames;
}
