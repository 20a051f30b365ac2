import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { GatewayError } from '../../errors/gateway-error';
import { isJson, readJsonBytes } from './blob-json-body';

/**
 * Larger limits than for other bodies: a conversation of hundreds of turns consists of short
 * strings. Google's parsers stop at a hundred levels. At twice that depth, 256 KiB take 17 ms at
 * worst.
 */
const STRUCTURE = { maxSkeletonBytes: 256 * 1024, maxDepth: 200 };

/** Reads a JSON body that is forwarded as received; `@ReadBody()` returns it as `JsonBytes`. */
@Injectable()
export class JsonBytesGuard implements CanActivate {
  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!isJson(request)) {
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      });
    }
    const { maxBodyMegabytes: maxMegabytes } = this.config.server;
    const response = http.getResponse<Response>();
    request.body = await readJsonBytes(request, response, { maxMegabytes }, STRUCTURE);
    return true;
  }
}
