/** Which models and sizes a client may ask for; a `Consumer` is one. */
export interface ModelAllowance {
  /** Gemini models by their present ids, at least one; all, where absent. */
  readonly models?: readonly string[];
  /** The largest `imageSize`, as Gemini writes it. */
  readonly maxImageSize?: string;
}
