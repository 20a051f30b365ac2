/** A chosen value and the warnings about it. */
export interface Choice {
  readonly value?: string;
  /** Whether the request names this value itself; absent if a word or a suffix stands for it. */
  readonly isExplicit?: true;
  readonly warnings: readonly string[];
}
