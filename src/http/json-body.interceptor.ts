import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { GatewayError, invalidRequest } from '../errors/gateway-error';
import { inviteBody } from './expect-continue';

/**
 * Reads a JSON body, bounded, after the guard has let the request in: an interceptor, because
 * Nest's own body parser would read up to `MAX_BODY_MB` from anybody before asking for a key.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  private readonly parse: RequestHandler;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.parse = express.json({ limit: `${config.server.maxBodyMegabytes}mb`, type: isJson });
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!isJson(request)) {
      throw new GatewayError({ kind: 'unsupported_content_type', expected: 'application/json' });
    }
    await this.read(request, http.getResponse<Response>());
    const body: unknown = request.body;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalidRequest(null, null, 'The body of your request must be a JSON object.');
    }
    return next.handle();
  }

  private read(request: Request, response: Response): Promise<void> {
    inviteBody(request, response);
    return new Promise((resolve, reject) => {
      void this.parse(request, response, (error?: unknown) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error instanceof Error ? error : new Error('the body could not be read'));
        }
      });
    });
  }
}

/** `application/json` and its relatives, whether or not a body follows. */
function isJson(request: { readonly headers: { readonly 'content-type'?: string } }): boolean {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  return /^application\/(json|[\w.-]+\+json)$/i.test(mediaType.trim());
}
