/**
 * The data is not a complete PNG, JPEG or WebP of an accepted size. The message reveals nothing of
 * its content.
 */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';

  constructor(cause?: unknown) {
    super('The data is not a readable image', { cause });
  }
}
