/** The route that a path stands for. */
export interface AliasedRoute {
  readonly path: string;
  /** The model that the path names, decoded. */
  readonly model?: string;
}

/**
 * The route `/v1/…` that a path is another name of; undefined if the path is to be taken as it is.
 *
 * @param path without its query; decodable
 * @param aliases patterns with the group `rest`, and perhaps `model`; the first that leads to a route counts
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
