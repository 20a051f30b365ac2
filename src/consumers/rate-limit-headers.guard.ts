import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { ConsumerLimits } from './limits/consumer-limits';

/**
 * Adds rate limit headers to every response of a consumer with a rate limit; costs other consumers
 * nothing.
 */
@Injectable()
export class RateLimitHeadersGuard implements CanActivate {
  constructor(private readonly limits: ConsumerLimits) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = contextOf(context.switchToHttp().getResponse<Response>());
    return this.limits.tell(request)?.then(() => true as const) ?? true;
  }
}
