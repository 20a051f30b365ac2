import type { RequestApi } from './context/image-record';
import { aliasedRoute } from './http/routing/route-alias';
import { ROUTE_ALIASES } from './route-aliases';

/** The APIs of the routes that make images; Gemini's own are found by `gemini-path.ts`. */
const ROUTE_APIS: readonly (readonly [RegExp, RequestApi])[] = [
  [/^\/v1\/images\/(?:generations|edits|variations)\/?$/i, 'images'],
  [/^\/v1\/chat\/completions\/?$/i, 'chat'],
  [/^\/v1\/images\/?$/i, 'openrouter'],
];

/** @param path a route's or an alias; undefined for routes that make no images */
export function apiOfRoute(
  path: string,
  isRoute: (path: string) => boolean,
): RequestApi | undefined {
  const real = isDecodable(path) ? aliasedRoute(path, ROUTE_ALIASES, isRoute)?.path : undefined;
  return ROUTE_APIS.find(([route]) => route.test(real ?? path))?.[1];
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
