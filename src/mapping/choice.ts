/** A chosen value and the warnings about it. */
export interface Choice {
  readonly value?: string;
  /** The field that names this value itself; absent if a word or a suffix stands for it. */
  readonly field?: string;
  readonly warnings: readonly string[];
}
