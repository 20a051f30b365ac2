import { readFileSync } from 'node:fs';
import http from 'node:http';

const EVERYWHERE = ['0.0.0.0', '::'];

/**
 * A variable, read as the service does: an empty one counts as unset, and `NAME_FILE` names its
 * file.
 */
function variable(name: string): string | undefined {
  const file = process.env[`${name}_FILE`] ?? '';
  const value = file === '' ? process.env[name] : readFileSync(file, 'utf8');
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

const host = variable('HOST') ?? '127.0.0.1';

/**
 * The container's health check: requests `/healthz` of the running service. With `strict` the
 * response is 401, which also shows that it is serving.
 */
const request = http.get(
  {
    host: EVERYWHERE.includes(host) ? '127.0.0.1' : host,
    port: variable('PORT') ?? 8045,
    path: '/healthz',
    timeout: 3000,
  },
  (response) => {
    process.exitCode = response.statusCode === 200 || response.statusCode === 401 ? 0 : 1;
    response.resume();
  },
);
request.on('timeout', () => request.destroy(new Error('no response')));
request.on('error', () => {
  process.exitCode = 1;
});
