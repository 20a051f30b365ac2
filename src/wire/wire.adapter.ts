import { validateHeaderName, validateHeaderValue } from 'node:http';
import { AxiosError, type AxiosAdapter, type AxiosRequestConfig } from 'axios';
import { ConnectionPool, type ConnectionPoolOptions } from './connection-pool';
import { DecodedBody } from './decoded-body';
import type { WireResponse } from './response-reader';
import type { IncomingBody } from './incoming-body';
import type { UpstreamConnection } from './upstream-connection';

/** The maximum size of a decompressed body, in bytes. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024;

/** The value of `AxiosError.request`: enough to recognise a stale connection. */
export type WireRequestHandle = Pick<UpstreamConnection, 'isReused' | 'hasResponded'>;

/**
 * Makes axios send through a ConnectionPool. `data` of a request is a list of buffers. `data` of a
 * response, whatever its status, is an IncomingBody that has not been read yet.
 */
export function wireDefaults(options?: ConnectionPoolOptions): AxiosRequestConfig {
  return {
    adapter: adapterOn(new ConnectionPool(options)),
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
  };
}

function adapterOn(pool: ConnectionPool): AxiosAdapter {
  return (config) =>
    new Promise((resolve, reject) => {
      const url = new URL(config.url ?? '');
      const body = config.data as readonly Buffer[];
      const { signal } = config;
      const connection = pool.send(
        { url, head: requestHead(config.method, url, config.headers.toJSON()), body },
        {
          onResponse: (response) => {
            const data = bodyOf(response);
            hangUp = () => {
              data.destroy();
            };
            // Axios checks the signal again before it returns, and would then leave the body
            // unread.
            setImmediate(() => {
              signal?.removeEventListener?.('abort', onAbort);
            });
            const { status, retryAfter } = response.head;
            const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
            resolve({ data, status, statusText: '', headers, config, request: connection });
          },
          onError: (error: NodeJS.ErrnoException) => {
            signal?.removeEventListener?.('abort', onAbort);
            if (connection.isReused) {
              // It may have gone stale, and the idle ones of the same age as well: the next attempt
              // gets a new connection.
              pool.closeIdle(url);
            }
            reject(AxiosError.from(error, error.code, config, connection));
          },
        },
      );
      let hangUp = (): void => {
        connection.close();
      };
      // Until the response arrives; code that reads its body watches the signal from then on.
      const onAbort = (): void => {
        hangUp();
        reject(new AxiosError('aborted', AxiosError.ERR_CANCELED, config, connection));
      };
      signal?.addEventListener?.('abort', onAbort);
    });
}

function bodyOf({ head, body }: WireResponse): IncomingBody {
  const { contentEncoding = 'identity' } = head;
  return contentEncoding === 'identity'
    ? body
    : new DecodedBody(body, contentEncoding, MAX_DECODED_BYTES);
}

function requestHead(method: string | undefined, url: URL, headers: object): string {
  const lines = [
    `${(method ?? 'get').toUpperCase()} ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
  ];
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
    lines.push(`${name}: ${String(value)}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
