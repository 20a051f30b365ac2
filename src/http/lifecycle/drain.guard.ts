import { Injectable, type CanActivate } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error';
import { Drain } from './drain';

/** Refuses, on the routes that it is bound to, what would only begin while the process ends. */
@Injectable()
export class DrainGuard implements CanActivate {
  constructor(private readonly drain: Drain) {}

  canActivate(): boolean {
    if (this.drain.isRefusing) {
      throw new GatewayError({ kind: 'shutting_down' });
    }
    return true;
  }
}
