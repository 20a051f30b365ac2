import type { IncomingMessage, Server } from 'node:http';

const ABSOLUTE = /^https?:\/\//i;

/**
 * Takes request targets in absolute form (`GET http://host/v1/models`), as clients send them when they are told to
 * use a proxy. A server has to accept them, and the target's host replaces `Host` (RFC 9112, 3.2.2).
 *
 * Ahead of Express, which keeps the target it was given for the log.
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
