import { retryAfterMs, UNREACHABLE, type Failure } from '../logic/error-words';
import { apiKey } from '../state/api-key';
import type { GatewayError } from './types';

/**
 * A URL relative to the page, which is at `/console` or `/console/` below whatever path a proxy
 * serves Easel.
 */
export function apiUrl(path: string): string {
  const root = location.pathname.replace(/console\/?$/, '');
  return new URL(root + path, location.href).href;
}

class ApiError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly accept?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const response = await request(path, asked);
  return (await response.json()) as T;
}

export async function request(path: string, asked: Asked = {}): Promise<Response> {
  const headers = new Headers({ accept: asked.accept ?? 'application/json' });
  const key = asked.key ?? apiKey.value;
  if (key !== '') {
    headers.set('authorization', `Bearer ${key}`);
  }
  if (asked.body !== undefined) {
    headers.set('content-type', 'application/json');
  }
  const init: RequestInit = { method: asked.method ?? 'GET', headers, cache: 'no-store' };
  if (asked.body !== undefined) {
    init.body = JSON.stringify(asked.body);
  }
  if (asked.signal !== undefined) {
    init.signal = asked.signal;
  }
  const response = await fetch(apiUrl(path), init).catch(() => {
    throw new ApiError(UNREACHABLE);
  });
  if (!response.ok) {
    throw new ApiError(await failureOf(response));
  }
  return response;
}

async function failureOf(response: Response): Promise<Failure> {
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  const rest = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? '',
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
  try {
    const { message, type, param, code } = ((await response.json()) as { error: GatewayError })
      .error;
    return { ...rest, message, type, param, code };
  } catch {
    return { ...rest, message: '', type: 'server_error', param: null, code: null };
  }
}

export function failureFrom(error: unknown): Failure {
  return error instanceof ApiError ? error.failure : UNREACHABLE;
}
