import { hostOf, isLinkLocal, isLoopback } from '../config/network-address';
import { portOf } from './port-of';

/** The proxies, and the hosts that are reached without one. */
export interface ProxyRules {
  /** The proxy for https upstreams. */
  readonly https: URL | undefined;
  /** The proxy for http upstreams. */
  readonly http: URL | undefined;
  /**
   * The hosts that are reached directly, as in `NO_PROXY`: names, `.suffixes`, `*`, each with or
   * without a port.
   */
  readonly except: readonly string[];
}

/**
 * The proxy for an upstream; undefined for a direct connection. This machine is always reached
 * directly. So is a cloud's metadata server: it returns the tokens of the machine that asks, so
 * through a proxy it would return the proxy's.
 */
export function proxyFor(url: URL, { https, http, except }: ProxyRules): URL | undefined {
  const proxy = url.protocol === 'https:' ? https : http;
  return proxy === undefined ||
    isNearby(hostOf(url)) ||
    except.some((exception) => covers(exception.toLowerCase(), url))
    ? undefined
    : proxy;
}

function isNearby(host: string): boolean {
  return isLoopback(host) || isLinkLocal(host) || /^metadata\.google\.internal\.?$/.test(host);
}

/** The rules of the package proxy-from-env, which axios and others share. */
function covers(exception: string, url: URL): boolean {
  const [, name = exception, port] = /^(.+):(\d+)$/.exec(bracketed(exception)) ?? [];
  if (port !== undefined && Number(port) !== portOf(url)) {
    return false;
  }
  const suffix = /^[.*]/.test(name) ? name.replace(/^\*/, '') : undefined;
  return suffix === undefined ? hostOf(url) === bare(name) : url.hostname.endsWith(suffix);
}

/** An IPv6 address in URL notation: its last group is not a port. */
function bracketed(text: string): string {
  return text.split(':').length > 2 && !text.startsWith('[') ? `[${text}]` : text;
}

function bare(name: string): string {
  return name.replace(/^\[|\]$/g, '');
}
