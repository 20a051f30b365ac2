import { Controller, Get, Inject, Optional, Query, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ANONYMOUS } from '../context/consumer';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { listOf } from '../http/docs/list-parameter';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { Ledger } from './ledger';
import { readLedger } from './ledger-reading';
import { SUM_KEYS } from './ledger-tables';
import { usageCsv } from './usage-csv';
import { usageRequest, type QueryParameters } from './usage-request';
import { usageItem, usageList, UsageItemDto, UsageListDto, UsageTotalDto } from './usage.dto';

const MOMENT = {
  anyOf: [
    { type: 'string' as const, format: 'date' },
    { type: 'string' as const, format: 'date-time' },
  ],
};

const CSV = 'text/csv';
const CSV_EXAMPLE = 'consumer,images,failed,requests,input_tokens,output_tokens,usd\r\n';

@ApiTags('Usage')
@ApiExtraModels(UsageListDto, UsageItemDto, UsageTotalDto, OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@Access('member', 'monitor')
@Controller('v1/usage')
export class UsageController {
  constructor(@Optional() @Inject(Ledger) private readonly ledger: Ledger | undefined) {}

  /** Who used what, and at what cost. A member's key sees only its own usage. */
  @Get()
  @ApiOperation({ summary: 'Images and cost, by consumer, model, day …' })
  @ApiQuery({
    name: 'from',
    required: false,
    schema: MOMENT,
    example: '2026-11-01',
    description: 'A date or a time (RFC 3339), UTC. Default: this month.',
  })
  @ApiQuery({
    name: 'to',
    required: false,
    schema: MOMENT,
    example: '2026-12-01',
    description: 'The exclusive end, a date or a time.',
  })
  @ApiQuery({
    name: 'group_by',
    required: false,
    ...listOf(SUM_KEYS),
    example: ['consumer', 'model'],
    description: 'Comma-separated or repeated. Default: consumer.',
  })
  @ApiOkResponse({
    description: 'A group for each existing combination. As CSV for `Accept: text/csv`.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(UsageListDto) } },
      [CSV]: { schema: { type: 'string' }, example: CSV_EXAMPLE },
    },
  })
  @ApiErrors({
    'An unknown grouping': {
      kind: 'invalid_request',
      message: "Invalid value: 'colour'. Supported values are: 'day', 'consumer'.",
      param: 'group_by',
      code: 'invalid_value',
    },
    'The database is unavailable': {
      kind: 'ledger_unavailable',
      message: 'The ledger is unavailable. Please try again later.',
      shouldRetry: true,
    },
  })
  async read(
    @Query() parameters: QueryParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { consumer = ANONYMOUS } = contextOf(response);
    const isOwnOnly = consumer.role === 'member';
    const query = usageRequest(parameters, Date.now(), isOwnOnly);
    const own = isOwnOnly ? consumer.name : undefined;
    const groups = await readLedger(this.ledger, {
      ...query,
      only: own === undefined ? undefined : { consumer: [own] },
    });
    response.setHeader('Vary', 'Accept');
    if (request.accepts(['application/json', CSV]) === CSV) {
      response.type(`${CSV}; charset=utf-8`).send(usageCsv(query.groupBy, groups.map(usageItem)));
    } else {
      response.json(usageList(groups, query));
    }
  }
}
