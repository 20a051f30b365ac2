import type { IncomingMessage, Server } from 'node:http';

const ABSOLUTE = /^https?:\/\//i;

/**
 * Accepts request targets in absolute form (`GET http://host/v1/models`), which clients send if
 * Easel is configured as their proxy. A server must accept them, and the target's host replaces
 * `Host` (RFC 9112, 3.2.2). This runs before Express, which keeps the original target for the log.
 */
export function acceptAbsoluteTargets(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const { url: target = '' } = request;
    if (ABSOLUTE.test(target) && URL.canParse(target)) {
      const { host, pathname, search } = new URL(target);
      request.url = `${pathname}${search}`;
      request.headers.host = host;
    }
  });
}
