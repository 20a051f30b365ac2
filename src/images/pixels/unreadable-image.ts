/** The data is no whole PNG, JPEG or WebP of a size that is taken on. The message says nothing of its content. */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';

  constructor(cause?: unknown) {
    super('The data is not a readable image', { cause });
  }
}
