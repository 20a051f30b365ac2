import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { GatewayError } from '../../errors/gateway-error';
import { AnswerMemory } from '../../context/answer-memory';
import { isMultipart, readMultipartBody } from './multipart-body';

/** What a form of the Images API sends files under, never text. */
export const FILE_NAMES: ReadonlySet<string> = new Set(['image', 'mask']);

/** Reads a form, bounded, after ApiKeyGuard has let the request in; `@ReadBody()` has it. */
@Injectable()
export class MultipartBodyGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly memory: AnswerMemory,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
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
    return true;
  }
}
