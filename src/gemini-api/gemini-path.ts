import type { GatewayFault } from '../errors/gateway-error';

/** A path of Gemini's own API, in the form of Easel's routes. */
export interface GeminiPath {
  /** Under `/v1beta`, with the method after a literal colon and the model's id in one segment. */
  readonly path: string;
  /** Why the path does not exist, if the path alone shows it. */
  readonly fault?: GatewayFault;
}

/** The methods of a model that Easel supports. */
const METHODS: readonly string[] = [
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'predict',
];

/** Google's other methods, according to its discovery documents and packages. */
const OTHER_METHODS: readonly string[] = [
  'asyncBatchEmbedContent',
  'batchEmbedContents',
  'batchEmbedText',
  'batchGenerateContent',
  'computeTokens',
  'countMessageTokens',
  'countTextTokens',
  'embedContent',
  'embedText',
  'fetchPredictOperation',
  'generateAnswer',
  'generateMessage',
  'generateText',
  'predictLongRunning',
  'rawPredict',
  'streamRawPredict',
];

/** Collections that Google has under a version and OpenAI does not. */
const COLLECTIONS: readonly string[] = [
  'agents',
  'auth_tokens',
  'cachedContents',
  'caches',
  'corpora',
  'dynamic',
  'fileSearchStores',
  'generatedFiles',
  'interactions',
  'operations',
  'ragStores',
  'tunedModels',
  'webhooks',
];

/** Collections that both have: under `/v1` they are OpenAI's. */
const SHARED_COLLECTIONS: readonly string[] = ['batches', 'files'];

const VERSIONED = /^\/(upload\/)?(v1beta|v1alpha|v1)(?:\/(.*))?$/i;

/** The last colon counts, because an id may contain one. Some packages encode it. */
const METHOD_PATH = /^models\/(.+)(?::|%3a)([a-z]\w*)\/*$/i;

/**
 * Parses a path of Gemini's own API, in any version.
 *
 * @param method the HTTP method
 * @param path without its query
 * @returns undefined for a path of another API
 */
export function geminiPath(method: string, path: string): GeminiPath | undefined {
  const [, upload, version = '', rest = ''] = VERSIONED.exec(path) ?? [];
  const isOwn = version !== '' && version.toLowerCase() !== 'v1';
  if (version === '' || (isOwn && /^openai(\/|$)/i.test(rest))) {
    // `/v1beta/openai` is Google's base URL for OpenAI's clients.
    return undefined;
  }
  const [, id, verb] = METHOD_PATH.exec(rest) ?? [];
  if (id !== undefined && verb !== undefined) {
    return methodPath(method, path, { id, verb, isOwn });
  }
  const collection = rest.split('/', 1)[0] ?? '';
  const missing = find(isOwn ? [...COLLECTIONS, ...SHARED_COLLECTIONS] : COLLECTIONS, collection);
  if (missing !== undefined || (upload !== undefined && isOwn)) {
    const what = missing ?? 'uploads';
    return { path: `/v1beta/${rest}`, fault: { kind: 'not_implemented', what } };
  }
  return isOwn ? { path: `/v1beta/${oneModel(rest)}` } : undefined;
}

function methodPath(
  method: string,
  path: string,
  { id, verb, isOwn }: { readonly id: string; readonly verb: string; readonly isOwn: boolean },
): GeminiPath | undefined {
  const known = find(METHODS, verb);
  const canonical = `/v1beta/models/${segmentOf(id)}:${known ?? verb}`;
  if (known !== undefined) {
    return ['POST', 'OPTIONS'].includes(method)
      ? { path: canonical }
      : {
          path: canonical,
          fault: { kind: 'method_not_allowed', method, path, allow: ['POST', 'OPTIONS'] },
        };
  }
  const other = find(OTHER_METHODS, verb);
  if (other !== undefined) {
    return { path: canonical, fault: { kind: 'not_implemented', what: other } };
  }
  return isOwn ? { path: canonical, fault: { kind: 'unknown_route', method, path } } : undefined;
}

/** `models/{id}`, whose id may have a prefix and slashes; anything else is left unchanged. */
function oneModel(rest: string): string {
  const [, id] = /^models\/(.+?)\/*$/i.exec(rest) ?? [];
  return id === undefined ? rest : `models/${segmentOf(id)}`;
}

/** An id as one path segment, without the prefix `models/` of Google's model names. */
function segmentOf(id: string): string {
  return encodeURIComponent(decoded(id).replace(/^(?:models\/)+/i, ''));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Then it is not a model's id, and its percent signs are ordinary characters.
    return text;
  }
}

/** The entry in the spelling of the list: Easel's routes ignore case. */
function find(list: readonly string[], word: string): string | undefined {
  return list.find((entry) => entry.toLowerCase() === word.toLowerCase());
}
