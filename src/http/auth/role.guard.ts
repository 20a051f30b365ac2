import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { contextOf } from '../../context/request-contexts';
import { accessOf } from './access';
import { assertRole } from './role-check';

/** Lets only those call a route who may. The router has found the route by then: unknown paths are 404 for everybody. */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access !== 'public' && access !== 'probe' && access !== 'any') {
      // Where nothing has been decided, nobody but an operator is let in.
      assertRole(contextOf(context.switchToHttp().getResponse<Response>()), access ?? ['operator']);
    }
    return true;
  }
}
