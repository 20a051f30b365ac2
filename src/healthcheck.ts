import http from 'node:http';

const EVERYWHERE = ['0.0.0.0', '::'];
const host = process.env['HOST'] ?? EVERYWHERE[0];

/**
 * The container's probe: asks the running service for `/healthz`. Under `strict` the answer is 401,
 * which shows as well that it serves.
 */
const request = http.get(
  {
    host: host === undefined || EVERYWHERE.includes(host) ? '127.0.0.1' : host,
    port: process.env['PORT'] ?? 8045,
    path: '/healthz',
    timeout: 3000,
  },
  (response) => {
    process.exitCode = response.statusCode === 200 || response.statusCode === 401 ? 0 : 1;
    response.resume();
  },
);
request.on('timeout', () => request.destroy(new Error('no answer')));
request.on('error', () => {
  process.exitCode = 1;
});
