import { invalidRequest } from '../errors/gateway-error';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** As at Google: 50 by default, and at most 1000. */
const USUAL_SIZE = 50;
const LARGEST_SIZE = 1000;

/**
 * A page of a list.
 *
 * @param pageSize as in the query; 0 means the default
 * @param pageToken of the previous page
 * @throws GatewayError `invalid_request`
 */
export function modelPage<T>(
  list: readonly T[],
  pageSize: unknown = '0',
  pageToken: unknown = '',
): Page<T> {
  const size = typeof pageSize === 'string' && /^\d{1,9}$/.test(pageSize) ? Number(pageSize) : -1;
  if (size < 0) {
    throw invalidRequest(
      'pageSize',
      'invalid_type',
      'pageSize must be a number that is not negative.',
    );
  }
  const from = pageToken === '' ? 0 : offsetOf(pageToken);
  if (from === undefined || from > list.length) {
    throw invalidRequest(
      'pageToken',
      'invalid_value',
      'pageToken must be the nextPageToken of the previous page.',
    );
  }
  const to = from + Math.min(size === 0 ? USUAL_SIZE : size, LARGEST_SIZE);
  return {
    items: list.slice(from, to),
    ...(to < list.length ? { nextPageToken: tokenOf(to) } : {}),
  };
}

/** Opaque, so that no client relies on its content. */
function tokenOf(offset: number): string {
  return Buffer.from(`from ${offset}`).toString('base64url');
}

function offsetOf(token: unknown): number | undefined {
  const text = typeof token === 'string' ? Buffer.from(token, 'base64url').toString('latin1') : '';
  const [, offset] = /^from (\d{1,9})$/.exec(text) ?? [];
  return offset === undefined ? undefined : Number(offset);
}
