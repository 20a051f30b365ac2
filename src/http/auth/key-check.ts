import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { GatewayError } from '../../errors/gateway-error';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { ConsumerRegistry } from '../../context/consumer-registry';
import { contextOf } from '../../context/request-contexts';
import { authenticate } from './auth-mode';

/** The kind of route that the router matched. */
type ReachedRoute = 'health_probe' | 'documentation' | 'other';

/** Identifies the consumer behind a request. */
@Injectable()
export class KeyCheck {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(ConsumerRegistry) private readonly consumers: ConsumerRegistry,
  ) {}

  /**
   * Stores the consumer on the request's context, or throws the 401. The route is the one the
   * router matched, not one guessed from the path: `/HEALTHZ/` is a probe, `/v1/healthz` is not.
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
