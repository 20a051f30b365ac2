import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { ConsumerLimits } from './limits/consumer-limits';
import { rateLimitHeaders } from './limits/limit-status';

/** Tells every response of a consumer with a minute's limit what is left of it; costs nobody else anything. */
@Injectable()
export class RateLimitHeadersGuard implements CanActivate {
  constructor(private readonly limits: ConsumerLimits) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = contextOf(context.switchToHttp().getResponse<Response>());
    const { consumer } = request;
    if (consumer?.limits?.imagesPerMinute === undefined) {
      return true;
    }
    return this.limits.status(consumer).then((status) => {
      request.setHeaders(rateLimitHeaders(consumer.limits, status));
      return true;
    });
  }
}
