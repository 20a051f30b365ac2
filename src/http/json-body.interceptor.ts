import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError } from '../errors/gateway-error';
import { AnswerMemory } from './answer-memory';
import { isJson, readJsonBody } from './blob-json-body';
import { textForBlobs } from './body-text';

/**
 * Reads a JSON body, bounded, after the guard has let the request in: an interceptor, because
 * Nest's own body parser would read up to `MAX_BODY_MB` from anybody before asking for a key.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly memory: AnswerMemory,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
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
    return next.handle();
  }
}
