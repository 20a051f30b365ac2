/** The models and sizes that a client may ask for; a `Consumer` is one. */
export interface ModelAllowance {
  /** Gemini models by their current ids, at least one; absent for all. */
  readonly models?: readonly string[];
  /** The largest `imageSize`, as Gemini writes it. */
  readonly maxImageSize?: string;
}
