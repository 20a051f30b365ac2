import { Injectable, type CanActivate } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error';
import { Drain } from './drain';

/** Rejects new requests on its routes while the process shuts down. */
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
