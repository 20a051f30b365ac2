import { hostOf, isLinkLocal, isLoopback } from '../config/network-address';
import { portOf } from './port-of';

/** Which proxy leads where. */
export interface ProxyRules {
  /** The proxy for https upstreams. */
  readonly https: URL | undefined;
  /** The proxy for http upstreams. */
  readonly http: URL | undefined;
  /** What is reached directly, as `NO_PROXY` says it: names, `.suffixes`, `*`, each with a port or without. */
  readonly except: readonly string[];
}

/**
 * The proxy on the way to an upstream; undefined where the way is direct. That it always is on this machine, and to
 * the metadata server of a cloud, which hands out the tokens of the machine that asks: a proxy would get its own.
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

/** An IPv6 address as it stands in a URL: its last group is no port. */
function bracketed(text: string): string {
  return text.split(':').length > 2 && !text.startsWith('[') ? `[${text}]` : text;
}

function bare(name: string): string {
  return name.replace(/^\[|\]$/g, '');
}
