/** One decided value, and what there is to say about it. */
export interface Choice {
  readonly value?: string;
  readonly warnings: readonly string[];
}
