import type { IncomingHttpHeaders } from 'node:http';

import { invalidPayload, unboundParameter } from './google-error';
import type { GoogleError } from './google-error';
import type { ResponseOptions } from './reply';
import type { CallTarget } from './request-check';

/** A call of a model, according to its URL and headers. */
export interface ModelCall {
  readonly target: CallTarget;
  readonly key: string | null;
  readonly options: ResponseOptions;
  /** A query parameter that Google would reject, if there is one. */
  readonly fault: GoogleError | undefined;
}

const PATH =
  /^\/(v1|v1beta|v1alpha)\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)\/?$/u;

/** Google's system parameters; anything else in the query must be a field of the request. */
const PARAMETERS = ['key', 'alt', '$alt', 'prettyPrint', '$prettyPrint', 'fields', '$fields'];

/** Parses the URL of a model call; undefined if it is not one. */
export function readModelCall(url: URL, headers: IncomingHttpHeaders): ModelCall | undefined {
  const [, apiVersion, model, method] = PATH.exec(url.pathname) ?? [];
  if (apiVersion === undefined || model === undefined || method === undefined) {
    return undefined;
  }
  const alt = url.searchParams.get('alt') ?? url.searchParams.get('$alt');
  const pretty = url.searchParams.get('prettyPrint') ?? url.searchParams.get('$prettyPrint');
  const streamed = method === 'streamGenerateContent';
  return {
    target: { model: decodeModel(model), apiVersion, method },
    key: keyOf(url, headers),
    options: {
      form: streamed ? (alt === 'sse' ? 'sse' : 'array') : 'document',
      pretty: pretty !== 'false',
      gzip: /\bgzip\b/u.test(headers['accept-encoding'] ?? ''),
    },
    fault: parameterFault(url),
  };
}

/** The API key: the header the SDKs use, or the query parameter. */
export function keyOf(url: URL, headers: IncomingHttpHeaders): string | null {
  const header = headers['x-goog-api-key'];
  const key = typeof header === 'string' && header !== '' ? header : url.searchParams.get('key');
  return key === null || key === '' ? null : key;
}

/** Path and query without the key, safe to record. */
export function pathWithoutKey(url: URL): string {
  const query = new URLSearchParams(url.searchParams);
  query.delete('key');
  return query.size === 0 ? url.pathname : `${url.pathname}?${query.toString()}`;
}

function decodeModel(model: string): string {
  try {
    return decodeURIComponent(model);
  } catch {
    return model;
  }
}

function parameterFault(url: URL): GoogleError | undefined {
  const unknown = [...url.searchParams.keys()].filter((name) => !PARAMETERS.includes(name));
  return unknown.length === 0 ? undefined : invalidPayload(unknown.map(unboundParameter));
}
