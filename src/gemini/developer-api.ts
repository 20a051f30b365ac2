import type { GeminiMethod } from './gemini.types';

/** The parts of an account that a call to the Gemini Developer API needs. */
export interface DeveloperApiAccess {
  readonly apiKey: string;
  /** Another server than Google's: the emulator, a test server, a corporate proxy. */
  readonly baseUrl?: string;
}

const GOOGLE = 'https://generativelanguage.googleapis.com';

/** The URL of a model's method; a base URL may end in a slash or carry a path. */
export function developerApiUrl(
  access: Pick<DeveloperApiAccess, 'baseUrl'>,
  model: string,
  method: GeminiMethod,
): string {
  return `${modelsUrl(access)}/${encodeURIComponent(model)}:${method}`;
}

/** The URL of the model list with one entry: it is free, and needs a key like any call. */
export function oneModelUrl(access: Pick<DeveloperApiAccess, 'baseUrl'>): string {
  return `${modelsUrl(access)}?pageSize=1`;
}

function modelsUrl({ baseUrl = GOOGLE }: Pick<DeveloperApiAccess, 'baseUrl'>): string {
  return `${baseUrl.replace(/\/+$/, '')}/v1beta/models`;
}
