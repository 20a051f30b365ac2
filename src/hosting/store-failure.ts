interface StoreError {
  readonly code?: unknown;
  readonly name?: unknown;
  /** Of the SDK of S3. */
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Why a store has failed, as a short code of the system or the store, such as `ENOSPC` or
 * `AccessDenied`. Never a message: those of S3 quote keys and addresses. If a proxy rejects the
 * connection, the SDK knows only the status.
 */
export function storeFailure(error: unknown): string {
  const { code, name, $metadata } = error as StoreError;
  const status = $metadata?.httpStatusCode;
  if (status === 407) {
    return 'PROXY_407';
  }
  const words = [code, name].filter(
    (text): text is string => typeof text === 'string' && /^\w{1,64}$/.test(text),
  );
  const word = words.find((each) => each !== 'Unknown' && each !== 'UnknownError');
  return word ?? (status === undefined ? 'unknown' : `HTTP_${status}`);
}
