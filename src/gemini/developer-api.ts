import type { GeminiMethod } from './gemini.types';

/** What a call to the Gemini Developer API needs of an account. */
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
  const base = (access.baseUrl ?? GOOGLE).replace(/\/+$/, '');
  return `${base}/v1beta/models/${encodeURIComponent(model)}:${method}`;
}
