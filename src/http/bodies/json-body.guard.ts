import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { GatewayError } from '../../errors/gateway-error';
import { AnswerMemory } from '../../context/answer-memory';
import { isJson, readJsonBody } from './blob-json-body';
import { textForBlobs } from './body-text';

/**
 * Reads a JSON body, bounded, once ApiKeyGuard has let the request in: Nest's own body parser would read up to
 * `MAX_BODY_MB` from anybody before asking for a key. A guard, because an interceptor puts every request
 * through an async resource and two observables of its own.
 */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly memory: AnswerMemory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!isJson(request)) {
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      });
    }
    const response = http.getResponse<Response>();
    const body = await readJsonBody(request, response, {
      maxMegabytes: this.config.server.maxBodyMegabytes,
      memory: this.memory.of(response),
    });
    request.body = textForBlobs(body);
    return true;
  }
}
