/**
 * Why Redis failed, as a short code for the log: a socket's or Redis's own (`NOAUTH`, `READONLY`).
 * Never the message, which may quote the URL with its password.
 */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown';
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return (
    /^[A-Z]{4,}\b/.exec(error.message)?.[0] ??
    (/timed out/i.test(error.message) ? 'timeout' : error.name)
  );
}
