import type { Request } from 'express';
import type { RequestContext } from '../context/request-context';
import { takeHeaderKeys, withoutQueryKeys } from './gemini-keys';
import { geminiPath } from './gemini-path';

/**
 * Prepares a request of Gemini's own API, before anything logs, measures or redirects it: removes
 * the keys from its URL and headers, replaces its path with that of Easel's route, and selects
 * Google's error format. Any other request is left unchanged.
 */
export function prepareGeminiRequest(request: Request, context: RequestContext): void {
  const { path } = request;
  const target = geminiPath(request.method, path);
  if (target === undefined) {
    return;
  }
  context.errorDialect = 'google';
  context.pathFault = target.fault;
  context.api = 'gemini';
  // The log reads Express' own `originalUrl`.
  const original = withoutQueryKeys(request.originalUrl);
  request.originalUrl = original.url;
  context.ownKeys = [...takeHeaderKeys(request), ...original.keys];
  request.url = `${target.path}${original.url.slice(path.length)}`;
}
