import type { Request } from 'express';
import type { RequestContext } from '../context/request-context';
import { takeHeaderKeys, withoutQueryKeys } from './gemini-keys';
import { geminiPath } from './gemini-path';

/**
 * Prepares a request of Gemini's own API, before anything logs, measures or redirects it: takes the keys out of
 * its URL and headers, gives it the path of Easel's route, and has errors put in Google's words.
 * Leaves any other request as it is.
 */
export function enterGeminiApi(request: Request, context: RequestContext): void {
  const { path } = request;
  const target = geminiPath(request.method, path);
  if (target === undefined) {
    return;
  }
  context.errorDialect = 'google';
  context.pathFault = target.fault;
  context.api = 'gemini';
  // Express' own `originalUrl` is what the log reads.
  const original = withoutQueryKeys(request.originalUrl);
  request.originalUrl = original.url;
  context.ownKeys = [...takeHeaderKeys(request), ...original.keys];
  request.url = `${target.path}${original.url.slice(path.length)}`;
}
