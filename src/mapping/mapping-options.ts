/** The operator's settings for the mapping. */
export interface MappingOptions {
  /** The Gemini model for requests that name none, or an alias. */
  readonly defaultModel: string;
  /** Additional words for `quality`, in lower case, and the `imageSize` that each stands for. */
  readonly qualityAliases: ReadonlyMap<string, string>;
  /** The format of the images if a request names none; `upstream` leaves the bytes unchanged. */
  readonly defaultOutputFormat: 'upstream' | 'png' | 'jpeg' | 'webp';
  /** Whether images are returned as base64 or as URLs if a request does not say. */
  readonly defaultResponseFormat: 'b64_json' | 'url';
}
