/** One decided value, and what there is to say about it. */
export interface Choice {
  readonly value?: string;
  /** Whether the request asks for this very value; absent: by a word or a suffix that stands for it. */
  readonly isExplicit?: true;
  readonly warnings: readonly string[];
}
