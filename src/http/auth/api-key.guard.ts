import {
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { assertKey } from './key-check';

const HEALTH_PROBE = 'easel:health-probe';

/** Marks a handler as a health probe, which `all_except_health` lets in without a key. */
export const HealthProbe = (): CustomDecorator => SetMetadata(HEALTH_PROBE, true);

const PUBLIC_ROUTE = 'easel:public-route';

/** Marks a handler that needs no key in any mode: its URL is signed, or it has nothing to hide. */
export const PublicRoute = (): CustomDecorator => SetMetadata(PUBLIC_ROUTE, true);

/** Asks for a key on every route that Nest serves, but for public ones. It runs before the body is read. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get<boolean | undefined>(PUBLIC_ROUTE, context.getHandler()) === true) {
      return true;
    }
    const isProbe = this.reflector.get<boolean | undefined>(HEALTH_PROBE, context.getHandler());
    const http = context.switchToHttp();
    const route = isProbe === true ? 'health_probe' : 'other';
    assertKey(this.config.auth, http.getRequest<Request>(), http.getResponse<Response>(), route);
    return true;
  }
}
