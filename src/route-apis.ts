import type { RequestApi } from './context/image-record';

/** The APIs of the routes that make images; Gemini's own are found by `gemini-path.ts`. */
const ROUTE_APIS: readonly (readonly [RegExp, RequestApi])[] = [
  [/^\/v1\/images\/(?:generations|edits|variations)\/?$/i, 'images'],
  [/^\/v1\/chat\/completions\/?$/i, 'chat'],
  [/^\/v1\/images\/?$/i, 'openrouter'],
];

/** @param path a route's, not an alias; undefined for routes that make no images */
export function apiOfRoute(path: string): RequestApi | undefined {
  return ROUTE_APIS.find(([route]) => route.test(path))?.[1];
}
