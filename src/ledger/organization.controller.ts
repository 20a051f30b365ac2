import { Controller, Get, Inject, Optional, Query } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  type ApiResponseSchemaHost,
} from '@nestjs/swagger';
import { toUsd } from '../context/image-record';
import { Access } from '../http/auth/access';
import { listOf } from '../http/docs/list-parameter';
import { ACCESS_ERRORS, ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { Ledger } from './ledger';
import { readLedger } from './ledger-reading';
import { utcDay } from './ledger-row';
import type { SumKey } from './ledger-tables';
import { LATEST_S, organizationRequest, type OrganizationRules } from './organization-request';
import type { QueryParameters } from './usage-request';
import type { UsageGroup } from './usage-span';

const DAY_S = 86_400;

/** A key and a project both correspond to a consumer. */
const USAGE_RULES: OrganizationRules<'project_id' | 'api_key_id' | 'model' | 'size'> = {
  groups: { project_id: 'consumer', api_key_id: 'consumer', model: 'model', size: 'size' },
  filters: { project_ids: 'consumer', api_key_ids: 'consumer', models: 'model', sizes: 'size' },
  maxDays: 31,
};

/** A line of the bill is a model. */
const COST_RULES: OrganizationRules<'project_id' | 'api_key_id' | 'line_item'> = {
  groups: { project_id: 'consumer', api_key_id: 'consumer', line_item: 'model' },
  filters: { project_ids: 'consumer', api_key_ids: 'consumer' },
  maxDays: 180,
};

const PAGE: ApiResponseSchemaHost['schema'] = {
  type: 'object',
  required: ['object', 'data', 'has_more', 'next_page'],
  properties: {
    object: { type: 'string', enum: ['page'] },
    data: { type: 'array', items: { type: 'object' } },
    has_more: { type: 'boolean' },
    next_page: { type: 'string', nullable: true },
  },
};

const FILTERED_BY: Readonly<Record<string, string>> = {
  project_ids: 'Only of these consumers.',
  api_key_ids: 'The same.',
  models: 'Only of these models.',
  sizes: 'Only of these sizes, as `/v1/usage` names them.',
};

function ApiDays(groups: OrganizationRules<string>): MethodDecorator {
  const integer = { type: 'integer' as const };
  const seconds = { ...integer, minimum: 0, maximum: LATEST_S };
  return (...target) => {
    for (const decorator of [
      ApiQuery({
        name: 'start_time',
        required: true,
        schema: seconds,
        example: 1_764_288_000,
        description: 'Unix seconds; the first day is its UTC day.',
      }),
      ApiQuery({
        name: 'end_time',
        required: false,
        schema: seconds,
        description: 'Unix seconds. Default: now.',
      }),
      ApiQuery({ name: 'bucket_width', required: false, schema: { type: 'string', enum: ['1d'] } }),
      ApiQuery({
        name: 'group_by',
        required: false,
        ...listOf(Object.keys(groups.groups)),
        description: 'Comma-separated or repeated.',
      }),
      ...Object.keys(groups.filters).map((name) =>
        ApiQuery({
          name,
          required: false,
          schema: { type: 'array', items: { type: 'string' } },
          style: 'form',
          explode: false,
          description: FILTERED_BY[name] ?? '',
        }),
      ),
      ApiQuery({
        name: 'limit',
        required: false,
        schema: { ...integer, minimum: 1, maximum: groups.maxDays },
      }),
      ApiQuery({
        name: 'page',
        required: false,
        schema: { type: 'string', pattern: '^page_[0-9]{1,6}$' },
        description: 'The `next_page` of the previous response.',
      }),
      ApiOkResponse({ description: 'One bucket per day.', schema: PAGE }),
    ]) {
      decorator(...target);
    }
  };
}

/** OpenAI's usage routes for an organization, for tools that read them. */
@ApiTags('Usage')
@ApiExtraModels(OpenAiErrorBodyDto)
@ApiErrors(ACCESS_ERRORS)
@ApiErrors({
  'No start': {
    kind: 'invalid_request',
    message: "Missing required parameter: 'start_time'.",
    param: 'start_time',
    code: 'missing_required_parameter',
  },
})
@Access('operator')
@Controller('v1/organization')
export class OrganizationController {
  constructor(@Optional() @Inject(Ledger) private readonly ledger: Ledger | undefined) {}

  /** Images per day. */
  @Get('usage/images')
  @ApiOperation({ summary: 'Images per day, as OpenAI reports them' })
  @ApiDays(USAGE_RULES)
  images(@Query() parameters: QueryParameters): Promise<object> {
    return this.page(parameters, USAGE_RULES, (group, groupBy) => ({
      object: 'organization.usage.images.result',
      images: group.images,
      num_model_requests: group.requests,
      size: group.keys.size ?? null,
      source: null,
      model: group.keys.model ?? null,
      project_id: groupBy.includes('project_id') ? (group.keys.consumer ?? null) : null,
      user_id: null,
      api_key_id: groupBy.includes('api_key_id') ? (group.keys.consumer ?? null) : null,
    }));
  }

  /** Cost per day. */
  @Get('costs')
  @ApiOperation({ summary: 'Cost per day, as OpenAI reports it' })
  @ApiDays(COST_RULES)
  costs(@Query() parameters: QueryParameters): Promise<object> {
    return this.page(parameters, COST_RULES, (group, groupBy) => ({
      object: 'organization.costs.result',
      amount: { value: toUsd(group.microUsd), currency: 'usd' },
      line_item: group.keys.model ?? null,
      project_id: groupBy.includes('project_id') ? (group.keys.consumer ?? null) : null,
      api_key_id: groupBy.includes('api_key_id') ? (group.keys.consumer ?? null) : null,
    }));
  }

  private async page<T extends string>(
    parameters: QueryParameters,
    rules: OrganizationRules<T>,
    resultOf: (group: UsageGroup, groupBy: readonly T[]) => object,
  ): Promise<object> {
    const { days, groupBy, only, nextPage } = organizationRequest(parameters, rules, Date.now());
    const [from = 0] = days;
    const keys = new Set<SumKey>(['day', ...groupBy.map((name) => rules.groups[name])]);
    const groups = await readLedger(this.ledger, {
      from,
      to: from + days.length * DAY_S * 1000,
      groupBy: [...keys],
      only,
    });
    return {
      object: 'page',
      data: days.map((day) => ({
        object: 'bucket',
        start_time: day / 1000,
        end_time: day / 1000 + DAY_S,
        results: groups
          .filter((group) => group.keys.day === utcDay(day))
          .map((group) => resultOf(group, groupBy)),
      })),
      has_more: nextPage !== undefined,
      next_page: nextPage ?? null,
    };
  }
}
