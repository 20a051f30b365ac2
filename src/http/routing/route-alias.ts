/** The route that an alias path maps to. */
export interface AliasedRoute {
  readonly path: string;
  /** The model in the path, decoded. */
  readonly model?: string;
}

/**
 * The `/v1/…` route that a path is an alias of; undefined if it is not an alias.
 *
 * @param path without its query; decodable
 * @param aliases patterns with the group `rest`, and optionally `model`; the first that leads to a
 * route wins
 */
export function aliasedRoute(
  path: string,
  aliases: readonly RegExp[],
  isRoute: (path: string) => boolean,
): AliasedRoute | undefined {
  if (/^\/v1\//i.test(path)) {
    return undefined;
  }
  for (const alias of aliases) {
    const { rest, model } = alias.exec(path)?.groups ?? {};
    const real = `/v1/${rest ?? ''}`;
    if (rest !== undefined && isRoute(real)) {
      return { path: real, ...(model === undefined ? {} : { model: decodeURIComponent(model) }) };
    }
  }
  return undefined;
}
