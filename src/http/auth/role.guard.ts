import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { contextOf } from '../../context/request-contexts';
import { accessOf } from './access';
import { assertRole } from './role-check';

/**
 * Checks the consumer's role. It runs after the router has matched a route, so an unknown path is
 * 404 for everyone.
 */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access !== 'public' && access !== 'probe' && access !== 'any') {
      // A handler without a declared access admits operators only.
      assertRole(contextOf(context.switchToHttp().getResponse<Response>()), access ?? ['operator']);
    }
    return true;
  }
}
