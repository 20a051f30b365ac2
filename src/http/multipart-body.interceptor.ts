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
import { isMultipart, readMultipartBody } from './multipart-body';

/** What a form of the Images API sends files under, never text. */
export const FILE_NAMES: ReadonlySet<string> = new Set(['image', 'mask']);

/** Reads a form, bounded, after the guard has let the request in; `@ReadBody()` has it. */
@Injectable()
export class MultipartBodyInterceptor implements NestInterceptor {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly memory: AnswerMemory,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!isMultipart(request)) {
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected multipart/form-data.',
      });
    }
    const response = http.getResponse<Response>();
    request.body = await readMultipartBody(request, response, {
      maxMegabytes: this.config.server.maxBodyMegabytes,
      memory: this.memory.of(response),
      fileNames: FILE_NAMES,
    });
    return next.handle();
  }
}
