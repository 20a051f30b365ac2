import { invalidRequest } from '../errors/gateway-error';
import { SUM_KEYS } from './ledger-tables';
import type { UsageQuery } from './usage-span';

/** A query string as Express parses it. */
export type QueryParameters = Readonly<Record<string, unknown>>;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * Parses `from`, `to` and `group_by` of `GET /v1/usage`; the default is this month, by consumer.
 *
 * @param isOwnOnly whether the reader sees only its own usage, and no accounts
 * @throws GatewayError `invalid_request`
 */
export function usageRequest(
  parameters: QueryParameters,
  now: number,
  isOwnOnly: boolean,
): Omit<UsageQuery, 'only'> {
  const date = new Date(now);
  const month = (offset: number): number =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
  const from = timeOf(parameters, 'from') ?? month(0);
  const to = timeOf(parameters, 'to') ?? Math.max(from, month(1));
  if (from > to) {
    throw invalidRequest('from', 'invalid_value', "Invalid value: 'from' is later than 'to'.");
  }
  const names = isOwnOnly ? SUM_KEYS.filter((key) => key !== 'account') : SUM_KEYS;
  const groupBy = namesIn(parameters, 'group_by', names);
  return { from, to, groupBy: groupBy.length === 0 ? ['consumer'] : groupBy };
}

/** The items of a list that is comma-separated, repeated, or written with `[]`; whatever else is there is none. */
export function valuesIn(parameters: QueryParameters, parameter: string): readonly string[] {
  return [parameters[parameter], parameters[`${parameter}[]`]]
    .flat()
    .flatMap((value) => (typeof value === 'string' ? value.split(',') : []))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * The names in a list that is comma-separated, repeated, or written with `[]`.
 *
 * @throws GatewayError for an unknown or repeated name
 */
export function namesIn<T extends string>(
  parameters: QueryParameters,
  parameter: string,
  known: readonly T[],
): readonly T[] {
  const names: T[] = [];
  for (const name of valuesIn(parameters, parameter)) {
    const match = known.find((one) => one === name);
    if (match === undefined) {
      const list = known.map((one) => `'${one}'`).join(', ');
      throw invalidRequest(
        parameter,
        'invalid_value',
        `Invalid value: '${name.slice(0, 60)}'. Supported values are: ${list}.`,
      );
    }
    if (names.includes(match)) {
      throw invalidRequest(
        parameter,
        'invalid_value',
        `Invalid value: '${match}' is repeated in ${parameter}.`,
      );
    }
    names.push(match);
  }
  return names;
}

/** Midnight UTC of a date, or a time of RFC 3339. */
function timeOf(parameters: QueryParameters, parameter: 'from' | 'to'): number | undefined {
  const value = parameters[parameter];
  if (value === undefined || value === '') {
    return undefined;
  }
  const text = typeof value === 'string' ? value.trim() : '';
  // A plus sign that was not encoded arrives as a blank.
  const restored = text.replace(/ (?=\d\d:\d\d$)/, '+');
  const time = DATE.test(restored) || TIME.test(restored) ? Date.parse(restored) : Number.NaN;
  if (Number.isNaN(time) || !isRealDay(restored.slice(0, 10))) {
    throw invalidRequest(
      parameter,
      'invalid_value',
      `Invalid value for '${parameter}': expected a date such as 2026-11-28, or a time such as 2026-11-28T09:30:00Z.`,
    );
  }
  return time;
}

/** `2026-02-30` is read as a day of March by some, and is none. */
function isRealDay(date: string): boolean {
  return new Date(Date.parse(date)).toISOString().startsWith(date);
}
