/** The label of every request that matches none of Easel's routes. */
export const UNMATCHED = 'unmatched';

/** The catch-all, as Nest registers it. */
const CATCH_ALL = /^\/(\{\*path\}|\*path)$/;

/** By the patterns that Easel's routes are registered with. */
const LABELS = new Map<string, string>();

/**
 * The pattern of a route, e.g. `/v1/accounts/:email/enable`. A path is text from the client, and
 * each would be a new time series.
 *
 * @param route Express' own `request.route`
 */
export function routeLabel(route: unknown): string {
  const path =
    typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  if (typeof path !== 'string') {
    return UNMATCHED;
  }
  let label = LABELS.get(path);
  if (label === undefined) {
    label = labelOf(path);
    LABELS.set(path, label);
  }
  return label;
}

function labelOf(path: string): string {
  // A backslash escapes a literal colon.
  return CATCH_ALL.test(path) ? UNMATCHED : path.replaceAll('\\', '');
}
