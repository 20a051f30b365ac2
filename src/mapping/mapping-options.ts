/** What the operator decides about the mapping. */
export interface MappingOptions {
  /** The Gemini model of a request that names none, or an alias. */
  readonly defaultModel: string;
  /** More words for `quality`, in lower case, and the `imageSize` each stands for. */
  readonly qualityAliases: ReadonlyMap<string, string>;
  /** The format of the images when a request names none; `upstream` leaves the bytes untouched. */
  readonly defaultOutputFormat: 'upstream' | 'png' | 'jpeg' | 'webp';
  /** Whether images come as base64 or as URLs when a request does not say. */
  readonly defaultResponseFormat: 'b64_json' | 'url';
}
