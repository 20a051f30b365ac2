/** The label of every request that matches none of Easel's routes. */
export const UNMATCHED = 'unmatched';

/** The catch-all, as Nest registers it. */
const CATCH_ALL = /^\/(\{\*path\}|\*path)$/;

/**
 * The pattern of a route, e.g. `/v1/accounts/:email/enable`. A path is text from the client, and
 * each would be a new time series.
 *
 * @param route Express' own `request.route`
 */
export function routeLabel(route: unknown): string {
  const path =
    typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  // A backslash escapes a literal colon.
  return typeof path === 'string' && !CATCH_ALL.test(path) ? path.replaceAll('\\', '') : UNMATCHED;
}
