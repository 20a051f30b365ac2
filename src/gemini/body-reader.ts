/** Reads the body of a response as it comes. */
export interface BodyReader<T> {
  /** Returns a result where what follows is of no interest. The bytes stay as they are. */
  push(bytes: Buffer): T | undefined;
  /**
   * The body has come whole.
   *
   * @throws BlobJsonError for what is not the JSON that was expected
   */
  end(): T;
  /** The body will not come whole, or cannot be read; what came may do all the same. */
  cutShort(): T | undefined;
}
