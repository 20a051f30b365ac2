import { Controller, Get, Inject, Optional, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AccountPoolService } from '../accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { GatewayError } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { ACCESS_ERRORS, ApiErrors } from '../http/errors/openai-error.dto';
import { ConsoleConfigDto, toConsoleConfig } from './console-config.dto';
import { sendConsoleFile } from './console-file.response';
import { ConsoleFiles } from './console-files';

/** The web console. Its files contain no data, so they need no key in any mode. */
@ApiTags('Console')
@Controller('console')
export class ConsoleController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Optional() @Inject(ConsoleFiles) private readonly files: ConsoleFiles | undefined,
    private readonly pool: AccountPoolService,
  ) {}

  @Get()
  @Access('public')
  @ApiExcludeEndpoint()
  page(@Req() request: Request, @Res() response: Response): void {
    const { pageBelow, pageBeside } = this.built();
    sendConsoleFile(request, response, request.path.endsWith('/') ? pageBelow : pageBeside, 'page');
  }

  @Get('assets/:name')
  @Access('public')
  @ApiExcludeEndpoint()
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    const asset = this.built().assets.get(name);
    if (asset === undefined) {
      throw new GatewayError({ kind: 'unknown_route', method: request.method, path: request.path });
    }
    sendConsoleFile(request, response, asset, 'asset');
  }

  /** What the console shows of this gateway, and what the key may do. */
  @Get('config')
  @Access('member')
  @ApiOperation({ summary: 'What the console may offer' })
  @ApiErrors(ACCESS_ERRORS)
  settings(@Res({ passthrough: true }) response: Response): ConsoleConfigDto {
    const accounts = this.pool.list().map(({ account }) => account.provider);
    return toConsoleConfig(this.config, contextOf(response).consumer, accounts);
  }

  private built(): ConsoleFiles {
    if (this.files === undefined) {
      throw new GatewayError({ kind: 'console_not_built' });
    }
    return this.files;
  }
}
