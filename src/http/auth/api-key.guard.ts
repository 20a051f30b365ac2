import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { accessOf } from './access';
import { KeyCheck } from './key-check';

/**
 * Requires a key on every route that Nest serves, except public ones. It runs before the body is
 * read.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly check: KeyCheck,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access === 'public') {
      return true;
    }
    const http = context.switchToHttp();
    const route = access === 'probe' ? 'health_probe' : 'other';
    this.check.authenticate(http.getRequest<Request>(), http.getResponse<Response>(), route);
    return true;
  }
}
