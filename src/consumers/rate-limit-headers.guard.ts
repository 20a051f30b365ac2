import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { contextOf } from '../context/request-contexts';
import { ConsumerLimits } from './limits/consumer-limits';

/** Tells every response of a consumer with a minute's limit what is left of it; costs nobody else anything. */
@Injectable()
export class RateLimitHeadersGuard implements CanActivate {
  constructor(private readonly limits: ConsumerLimits) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = contextOf(context.switchToHttp().getResponse<Response>());
    return this.limits.tell(request)?.then(() => true as const) ?? true;
  }
}
