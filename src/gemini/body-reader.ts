/** Reads the body of a response as it arrives. */
export interface BodyReader<T> {
  /** Returns a result if the rest does not matter. The bytes do not change later. */
  push(bytes: Buffer): T | undefined;
  /**
   * The body is complete.
   *
   * @throws BlobJsonError if it is not the JSON that was expected
   */
  end(): T;
  /** The body broke off or cannot be read; the part that arrived may be enough. */
  cutShort(): T | undefined;
}
