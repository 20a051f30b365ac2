import type { ImageStyle } from './prompt-style';

export type ImageResponseFormat = 'b64_json' | 'url';
export type ImageOutputFormat = 'png' | 'jpeg' | 'webp';

/**
 * What a client asked for, as far as the mapping cares: types and ranges already checked, `null`
 * already made absent.
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
  /** Interim images wanted of each image, 0 to 3; only a client that takes a stream can have them. */
  readonly partialImages?: number;
  /** Whatever stays the same for one end user; requests of one may prefer one account. */
  readonly user?: string;
}
