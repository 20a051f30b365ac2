import {
  Controller,
  Get,
  HttpStatus,
  Inject,
  Optional,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
  type ApiResponseSchemaHost,
} from '@nestjs/swagger';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import type { Response } from 'express';
import { AccountPoolService } from '../accounts/account-pool.service';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { HostedImages } from '../hosting/hosted-images';
import { Access } from '../http/auth/access';
import { Drain } from '../http/lifecycle/drain';
import type { GatewayFault } from '../errors/gateway-error';
import { openAiError } from '../errors/openai-error';
import {
  ApiErrors,
  OpenAiErrorBodyDto,
  OpenAiErrorDto,
  PAGE_ERRORS,
} from '../http/errors/openai-error.dto';
import { Ledger } from '../ledger/ledger';
import { VERSION } from '../config/version';
import { readinessOf } from './readiness';

type SchemaObject = ApiResponseSchemaHost['schema'];

/** The part that a probe reads; the details are for people. */
const READINESS = {
  status: { type: 'string', enum: ['ok', 'error', 'shutting_down'] },
  details: { type: 'object', additionalProperties: { type: 'object' } },
} satisfies Record<string, SchemaObject>;

const ALIVE = {
  type: 'object',
  required: ['status', 'version'],
  properties: { status: { type: 'string', enum: ['ok'] }, version: { type: 'string' } },
} satisfies SchemaObject;

@ApiTags('Health')
@ApiExtraModels(OpenAiErrorDto, OpenAiErrorBodyDto)
@ApiErrors(PAGE_ERRORS)
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly pool: AccountPoolService,
    private readonly drain: Drain,
    private readonly hosted: HostedImages,
    private readonly limits: ConsumerLimits,
    @Optional() @Inject(Ledger) private readonly ledger: Ledger | undefined,
  ) {}

  /** Liveness: 200 as long as the process serves requests. */
  @Get('healthz')
  @Access('probe')
  @ApiOperation({ summary: 'Is the process alive?', security: [] })
  @ApiResponse({
    status: 200,
    description: 'It is.',
    schema: ALIVE,
    example: { status: 'ok', version: VERSION },
  })
  alive(): { status: 'ok'; version: string } {
    return { status: 'ok', version: VERSION };
  }

  /** Readiness: whether requests should be sent here. */
  @Get('readyz')
  @Access('probe')
  @ApiOperation({ summary: 'Can it serve images?', security: [] })
  @ApiResponse({
    status: 200,
    description:
      'At least one account is not disabled. Those that are cooling or exhausted are counted in ' +
      'the details: a 429 with a reason is more helpful than an error from a proxy without backends. With `REDIS_URL` set, ' +
      '`redis` says whether the replicas share their state; if not, each serves on its own. With ' +
      '`IMAGE_STORE` set, `imageStore` says whether images can be stored; if not, they are returned as data URIs. ' +
      '`ledger` says whether the ledger is written, and how many rows are waiting. `limits` says whether daily limits and budgets are ' +
      'counted in the database; if not, each replica counts from what it last saw.',
    schema: { type: 'object', required: ['status', 'details'], properties: READINESS },
    example: {
      status: 'ok',
      details: {
        accounts: { status: 'up', usable: 3, cooling: 1, exhausted: 0, disabled: 0, total: 3 },
        process: { status: 'up' },
        redis: { status: 'up', since: '2026-11-22T09:30:00.000Z' },
        ledger: { status: 'up', kind: 'sqlite', pending: 0, since: '2026-11-22T09:30:00.000Z' },
        limits: { status: 'up', since: '2026-11-22T09:30:00.000Z' },
      },
    },
  })
  @ApiResponse({
    status: 503,
    description: 'All accounts are disabled, or shutdown has begun.',
    schema: {
      type: 'object',
      required: ['error', 'status', 'details'],
      properties: { error: { $ref: getSchemaPath(OpenAiErrorDto) }, ...READINESS },
    },
  })
  async ready(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    try {
      const { status, details } = await this.health.check([
        () => this.accounts(),
        () => this.process(),
      ]);
      return {
        status,
        details: {
          ...details,
          ...this.redis(),
          ...this.imageStore(),
          ...this.ledgerDetails(),
          ...this.quotas(),
        },
      };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) {
        throw error;
      }
      const { status, details } = error.getResponse() as HealthCheckResult;
      response.status(HttpStatus.SERVICE_UNAVAILABLE);
      const fault: GatewayFault = this.drain.hasBegun
        ? { kind: 'shutting_down' }
        : { kind: 'no_account_available', message: 'No account is usable: all are disabled.' };
      const { body, headers } = openAiError(fault, '');
      for (const [name, value] of Object.entries(headers)) {
        response.setHeader(name, value);
      }
      return {
        ...body,
        status,
        details: {
          ...details,
          ...this.redis(),
          ...this.imageStore(),
          ...this.ledgerDetails(),
          ...this.quotas(),
        },
      };
    }
  }

  /**
   * Reported beside the checks rather than as one: without Redis each replica continues on its own.
   */
  private redis(): Readonly<Record<string, object>> {
    const { sharing } = this.pool;
    if (sharing === undefined) {
      return {};
    }
    return { redis: detail(sharing.isJoined ? 'up' : 'down', sharing) };
  }

  /** Also beside the checks: without the store images are returned as data URIs. */
  private imageStore(): Readonly<Record<string, object>> {
    const { state } = this.hosted;
    if (state === undefined) {
      return {};
    }
    const { kind, isWorking } = state;
    return { imageStore: detail(isWorking ? 'up' : 'down', state, { kind }) };
  }

  /** Also beside the checks: without its database images are still served, and rows wait. */
  private ledgerDetails(): Readonly<Record<string, object>> {
    if (this.ledger === undefined) {
      return {};
    }
    const { status } = this.ledger;
    const { kind, isUp, pending, dropped } = status;
    const counts = { kind, pending, ...(dropped === 0 ? {} : { dropped }) };
    return { ledger: detail(isUp ? 'up' : 'down', status, counts) };
  }

  /** Also beside the checks: each replica counts from what it last saw, and reconciles later. */
  private quotas(): Readonly<Record<string, object>> {
    const { quotaStatus: status } = this.limits;
    if (status === undefined) {
      return {};
    }
    return { limits: detail(status.isUp ? 'up' : 'degraded', status) };
  }

  private process(): HealthIndicatorResult {
    const process = this.indicator.check('process');
    return this.drain.hasBegun ? process.down({ shuttingDown: true }) : process.up();
  }

  private accounts(): HealthIndicatorResult {
    const now = Date.now();
    const { isReady, details } = readinessOf(
      this.pool.list().map((member) => member.conditionOfAccount(now).state),
    );
    const accounts = this.indicator.check('accounts');
    return isReady ? accounts.up(details) : accounts.down(details);
  }
}

/** The readiness details of something that Easel can do without. @param facts additional details */
function detail(
  status: 'up' | 'down' | 'degraded',
  { since, reason }: { readonly since: number; readonly reason?: string | undefined },
  facts: object = {},
): object {
  return {
    status,
    ...facts,
    since: new Date(since).toISOString(),
    ...(reason === undefined ? {} : { reason }),
  };
}
