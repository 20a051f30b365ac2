import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { GatewayError } from '../../errors/gateway-error';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { ConsumerRegistry } from '../../context/consumer-registry';
import { contextOf } from '../../context/request-contexts';
import { authenticate } from './auth-mode';

/** What is known of the route that was really reached. */
type ReachedRoute = 'health_probe' | 'documentation' | 'other';

/** Finds out who asks. */
@Injectable()
export class KeyCheck {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(ConsumerRegistry) private readonly consumers: ConsumerRegistry,
  ) {}

  /**
   * Notes on the request's context who asks, or throws the 401. The route is the one that the router reached,
   * never read off the text of the path: `/HEALTHZ/` is a probe, `/v1/healthz` is not.
   */
  authenticate(request: Request, response: Response, route: ReachedRoute): void {
    const { headers } = request;
    const context = contextOf(response);
    const result = authenticate(this.config.auth.mode, this.consumers, {
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
    context.presentedKey = result.key;
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
