import { isIP } from 'node:net';
import type { GatewayFault } from '../../errors/gateway-error';

/** The origins and host names from which a gateway without keys may be called. */
export interface PageRules {
  /** `*`, or the origins whose pages may call. */
  readonly corsOrigins: '*' | readonly string[];
  /** `*`, or the host names (lower case) that are allowed besides the built-in ones. */
  readonly allowedHosts: '*' | readonly string[];
}

/** The parts of a request that distinguish a web page from a program. */
export interface PageRequest {
  readonly origin: string | undefined;
  /** The `Host` header. Only HTTP/1.0 allows its absence, and no browser uses that version. */
  readonly host: string | undefined;
  readonly path: string;
}

/** Names that always resolve to this machine, whatever DNS says. */
const LOCAL_NAMES: readonly string[] = ['localhost', 'host.docker.internal'];

/**
 * The fault of a request that may come from a foreign web page, for a gateway without keys;
 * undefined if it does not.
 *
 * A browser sends a form or a plain-text POST to any address without a preflight, so `Origin` is
 * checked here as well as by CORS. With DNS rebinding, a page makes its own name resolve to this
 * address, and the browser then considers page and gateway the same origin. Only the foreign name
 * in `Host` shows it.
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

/**
 * The name or address in a `Host` header, in lower case, without port, brackets and trailing dot.
 */
export function hostName(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Ignores the scheme, because a reverse proxy may have terminated TLS. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) {
    return false;
  }
  const { host: ofOrigin, protocol } = new URL(origin);
  const withPort = `${ofOrigin}:${protocol === 'https:' ? 443 : 80}`;
  return [ofOrigin, withPort].includes(host.trim().toLowerCase());
}
