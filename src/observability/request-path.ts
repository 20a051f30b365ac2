import type { Request } from 'express';

/** A path is text from the client, and may be as long as a header. */
const MAX_PATH_LENGTH = 200;

const PROBE = /^\/(healthz|readyz|metrics)\/?$/i;
/** Most other paths are longer, and need not be matched. */
const LONGEST_PROBE = '/healthz/'.length;

/**
 * The path as the client sent it, without the query string, which may contain a key or a signature.
 */
export function requestPath({ originalUrl }: Pick<Request, 'originalUrl'>): string {
  const end = originalUrl.indexOf('?');
  return originalUrl.slice(0, Math.min(end < 0 ? Infinity : end, MAX_PATH_LENGTH));
}

/**
 * Not logged: probes and scrapes arrive every few seconds, and the cause of a failed probe has its
 * own line.
 */
export function isProbe(path: string): boolean {
  return path.length <= LONGEST_PROBE && PROBE.test(path);
}
