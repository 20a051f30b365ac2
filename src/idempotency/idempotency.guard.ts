import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { RespondedError } from '../http/errors/responded.error';
import { AbandonedImages } from './abandoned-images';
import { idempotencyKey } from './idempotency-key';
import { IdempotentRequests } from './idempotent-requests';

/**
 * Replays earlier responses: the whole response for an Idempotency-Key, and the images of a
 * disconnected client for a retry that an SDK has numbered. It runs after the guard that reads the
 * body.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly requests: IdempotentRequests,
    private readonly abandoned: AbandonedImages,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const context = contextOf(response);
    const key =
      this.config.idempotency.ttlSeconds === 0
        ? undefined
        : idempotencyKey(request.headers['idempotency-key']);
    if (key !== undefined) {
      if (await this.requests.isReplayed(key, context, request, response)) {
        throw new RespondedError();
      }
      return true;
    }
    this.abandoned.watch(context, request);
    if (Number(request.headers['x-stainless-retry-count'] ?? 0) >= 1) {
      const images = await this.abandoned.adopt(context, request);
      if (images > 0) {
        response.setHeader('X-Retry-Adopted', String(images));
      }
    }
    return true;
  }
}
