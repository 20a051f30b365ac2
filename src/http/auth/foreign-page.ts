import { isIP } from 'node:net';
import type { GatewayFault } from '../../errors/gateway-error';

/** From where, and under which names, a gateway without keys may be called. */
export interface PageRules {
  /** `*`, or the origins whose pages may call. */
  readonly corsOrigins: '*' | readonly string[];
  /** `*`, or host names beside those that always hold, in lower case. */
  readonly allowedHosts: '*' | readonly string[];
}

/** The parts of a request by which a web page differs from a program. */
export interface PageRequest {
  readonly origin: string | undefined;
  /** The `Host` header; undefined only with HTTP/1.0, which no browser speaks. */
  readonly host: string | undefined;
  readonly path: string;
}

/** Names that always lead to this machine, whatever a name server says. */
const LOCAL_NAMES: readonly string[] = ['localhost', 'host.docker.internal'];

/**
 * Why a request may come from a foreign web page, where no key stands in the way; undefined if it does not.
 *
 * A browser sends a form or a POST of plain text to any address without asking first, so its `Origin` is
 * checked here, and not only by CORS. A page that has its own name resolve to this address is of the
 * same origin as the gateway to a browser (DNS rebinding): the foreign name in `Host` gives it away.
 */
export function foreignPageFault(
  { origin, host, path }: PageRequest,
  { corsOrigins, allowedHosts }: PageRules,
): GatewayFault | undefined {
  if (host !== undefined && allowedHosts !== '*' && !isKnownHost(host, allowedHosts)) {
    return { kind: 'forbidden_host', host };
  }
  const isForeign =
    origin !== undefined &&
    corsOrigins !== '*' &&
    !corsOrigins.includes(origin) &&
    !isSameOrigin(origin, host) &&
    !isFilePath(path);
  return isForeign ? { kind: 'forbidden_origin', origin } : undefined;
}

/** Whether it leads to a hosted file, which any page may show. Routes are found in capitals as well. */
export function isFilePath(path: string): boolean {
  return /^\/files\//i.test(path);
}

function isKnownHost(host: string, allowed: readonly string[]): boolean {
  const name = hostName(host);
  return (
    isIP(name) !== 0 ||
    !name.includes('.') ||
    name.endsWith('.localhost') ||
    LOCAL_NAMES.includes(name) ||
    allowed.includes(name)
  );
}

/** The name or address in a `Host`, without port, brackets and the root's dot, in lower case. */
export function hostName(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Whatever the scheme: a proxy in front may have taken TLS off. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) {
    return false;
  }
  const { host: ofOrigin, protocol } = new URL(origin);
  const withPort = `${ofOrigin}:${protocol === 'https:' ? 443 : 80}`;
  return [ofOrigin, withPort].includes(host.trim().toLowerCase());
}
