import { randomUUID } from 'node:crypto';

const SANE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The client's own id if it is safe to print and to return, otherwise a generated one like
 * OpenAI's.
 */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header)
    ? header
    : `req_${randomUUID().replaceAll('-', '')}`;
}
