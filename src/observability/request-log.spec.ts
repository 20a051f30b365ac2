import type { Request, Response } from 'express';
import type { RequestContext } from '../context/request-context';
import { RequestLog } from './request-log';

/** The level of the line of a request that ends so. */
function levelOf(path: string, status: number): string {
  let end = (): void => undefined;
  let level = 'none';
  const context = {
    clientAddress: '127.0.0.1',
    elapsedMs: 1,
    isSent: true,
    outcome: {},
    logOnce: (name: string) => {
      level = name;
    },
    onLeft: (listener: () => void) => {
      end = listener;
      return () => undefined;
    },
  };
  new RequestLog().watch(
    context as unknown as RequestContext,
    { method: 'GET', originalUrl: path } as Request,
    { statusCode: status } as Response,
  );
  end();
  return level;
}

it.each([
  ['/v1/images/generations', 200, 'info'],
  ['/v1/images/generations', 404, 'info'],
  // A transfer coding or a method that nobody has is the client's choice.
  ['/v1/images/generations', 501, 'info'],
  ['/v1/images/generations', 500, 'error'],
  ['/v1/images/generations', 502, 'error'],
  ['/v1/images/generations', 503, 'error'],
  ['/healthz', 200, 'debug'],
  ['/readyz/', 503, 'debug'],
])('the line of %s with %i has the level %s', (path, status, level) => {
  expect(levelOf(path, status)).toBe(level);
});
