import type { Request, Response } from 'express';
import { GatewayError } from '../../errors/gateway-error';
import type { AppConfig } from '../../config/app-config';
import { contextOf } from '../../context/request-contexts';
import { authenticate } from './auth-mode';

/** What the caller of {@link assertKey} knows of the route that was really reached. */
export type ReachedRoute = 'health_probe' | 'documentation' | 'other';

/**
 * Lets a request pass and notes on its context who asks, or throws the 401. The route is the one that the router reached, never read
 * off the text of the path: `/HEALTHZ/` is a probe, `/v1/healthz` is not.
 */
export function assertKey(
  auth: AppConfig['auth'],
  request: Request,
  response: Response,
  route: ReachedRoute,
): void {
  const { headers } = request;
  const context = contextOf(response);
  const result = authenticate(auth.mode, auth.keys, {
    authorization: headers.authorization,
    xApiKey: single(headers['x-api-key']),
    apiKey: single(headers['api-key']),
    ownKeys: context.ownKeys,
    isHealthProbe: route === 'health_probe' && ['GET', 'HEAD'].includes(request.method),
    isDocumentation: route === 'documentation',
  });
  if (!result.ok) {
    throw new GatewayError(result.fault);
  }
  context.consumer = result.consumer;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
