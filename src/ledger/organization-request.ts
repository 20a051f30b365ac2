import { invalidRequest } from '../errors/gateway-error';
import type { SumKey } from './ledger-tables';
import { namesIn, valuesIn, type QueryParameters } from './usage-request';
import type { UsageQuery } from './usage-span';

/** A query of OpenAI's usage routes: days, and how results are grouped. */
export interface OrganizationQuery<T extends string> {
  /** The starts of the days, in epoch milliseconds. */
  readonly days: readonly number[];
  readonly groupBy: readonly T[];
  readonly only: UsageQuery['only'];
  /** Undefined after the last day. */
  readonly nextPage: string | undefined;
}

/** A route's names of groups, and its maximum page size. */
export interface OrganizationRules<T extends string> {
  readonly groups: Readonly<Record<T, SumKey>>;
  readonly filters: Readonly<Record<string, SumKey>>;
  readonly maxDays: number;
}

/** The latest accepted time, in Unix seconds: the beginning of the year 2100. */
export const LATEST_S = 4_102_444_800;

/** Of OpenAI's: a user is kept as a digest, and nobody counts what an image was made by. */
const UNKNOWN_FILTERS = ['user_ids', 'sources'];

const DAY_MS = 86_400_000;
const USUAL_DAYS = 7;

/** @throws GatewayError `invalid_request` */
export function organizationRequest<T extends string>(
  parameters: QueryParameters,
  rules: OrganizationRules<T>,
  now: number,
): OrganizationQuery<T> {
  const width = parameters['bucket_width'] ?? '1d';
  if (width !== '1d') {
    throw invalidRequest(
      'bucket_width',
      'invalid_value',
      "Invalid value for 'bucket_width': only '1d' is supported.",
    );
  }
  const start = integer(parameters, 'start_time', 0, LATEST_S);
  if (start === undefined) {
    throw invalidRequest(
      'start_time',
      'missing_required_parameter',
      "Missing required parameter: 'start_time'.",
    );
  }
  const end = integer(parameters, 'end_time', 0, LATEST_S) ?? Math.floor(now / 1000);
  if (start > end) {
    throw invalidRequest(
      'start_time',
      'invalid_value',
      "Invalid value: 'start_time' is later than 'end_time'.",
    );
  }
  const limit = integer(parameters, 'limit', 1, rules.maxDays) ?? USUAL_DAYS;
  const first = pageOf(parameters['page']) ?? floorDay(start * 1000);
  const count = Math.max(0, Math.ceil((end * 1000 - first) / DAY_MS));
  const shown = Math.min(limit, count);
  return {
    days: Array.from({ length: shown }, (_, index) => first + index * DAY_MS),
    groupBy: namesIn(parameters, 'group_by', Object.keys(rules.groups) as T[]),
    only: filtersOf(parameters, rules.filters),
    nextPage: shown < count ? `page_${(first + shown * DAY_MS) / DAY_MS}` : undefined,
  };
}

/** @throws GatewayError for one by what the ledger does not know: all of it would be no response to that */
function filtersOf(
  parameters: QueryParameters,
  filters: OrganizationRules<string>['filters'],
): Partial<Record<SumKey, readonly string[]>> {
  const unknown = UNKNOWN_FILTERS.find((name) => valuesIn(parameters, name).length > 0);
  if (unknown !== undefined) {
    throw invalidRequest(
      unknown,
      'invalid_value',
      `Invalid parameter: '${unknown}' is not supported here. Leave it out.`,
    );
  }
  const only: Partial<Record<SumKey, readonly string[]>> = {};
  for (const [name, key] of Object.entries(filters)) {
    const values = valuesIn(parameters, name);
    if (values.length > 0) {
      // Two by the same key must both hold.
      only[key] = only[key]?.filter((value) => values.includes(value)) ?? values;
    }
  }
  return only;
}

function floorDay(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** Opaque to the client: the number of the next day. */
function pageOf(value: unknown): number | undefined {
  if (value === undefined || value === '') {
    return undefined;
  }
  const [, day] = typeof value === 'string' ? (/^page_(\d{1,6})$/.exec(value) ?? []) : [];
  if (day === undefined) {
    throw invalidRequest(
      'page',
      'invalid_value',
      "Invalid value for 'page': use the value of 'next_page'.",
    );
  }
  return Number(day) * DAY_MS;
}

function integer(
  parameters: QueryParameters,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === '') {
    return undefined;
  }
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw invalidRequest(
      name,
      'invalid_value',
      `Invalid value for '${name}': an integer from ${min} to ${max} is expected.`,
    );
  }
  return number;
}
