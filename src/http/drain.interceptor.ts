import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { GatewayError } from '../errors/gateway-error';
import { Drain } from './drain';

/** Refuses, on the routes that it is bound to, what would only begin while the process ends. */
@Injectable()
export class DrainInterceptor implements NestInterceptor {
  constructor(private readonly drain: Drain) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.drain.isRefusing) {
      throw new GatewayError({ kind: 'shutting_down' });
    }
    return next.handle();
  }
}
