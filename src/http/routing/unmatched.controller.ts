import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config';
import { contextOf } from '../../context/request-contexts';
import { GatewayError } from '../../errors/gateway-error';
import { Access } from '../auth/access';
import { RouteTable } from './route-table';

/** Whether HTML is the first type that the request's Accept header lists, as in browsers. */
function prefersPages(request: Request): boolean {
  const named = /\btext\/html\b/i.test(request.headers.accept ?? '');
  return named && request.accepts(['json', 'html']) === 'html';
}

/**
 * Serves every request that no other route matches: 404, or 405 if only the method is wrong. A
 * browser at `/` is redirected to the console, or to the documentation if the console is off. It is
 * a controller, so that the guard checks the key here as well.
 */
@ApiExcludeController()
// Open to every role, so that 404 and 405 take precedence over 403.
@Access('any')
@Controller()
export class UnmatchedController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(RouteTable) private readonly routes: RouteTable,
  ) {}

  @All('{*path}')
  respond(@Req() request: Request, @Res({ passthrough: true }) response: Response): void {
    const { method, path } = request;
    if (path === '/') {
      response.vary('Accept');
      if (['GET', 'HEAD'].includes(method) && prefersPages(request)) {
        // Relative, because a reverse proxy may serve Easel below a path.
        response.status(302).setHeader('Location', this.config.console.isOn ? 'console' : 'docs');
        return;
      }
    }
    const { pathFault } = contextOf(response);
    if (pathFault !== undefined) {
      throw new GatewayError(pathFault);
    }
    const allow = this.routes.methodsOf(path);
    if (allow.length === 0) {
      throw new GatewayError({ kind: 'unknown_route', method, path });
    }
    if (method !== 'OPTIONS') {
      throw new GatewayError({ kind: 'method_not_allowed', method, path, allow });
    }
    response.status(204).setHeader('Allow', allow.join(', '));
  }
}
