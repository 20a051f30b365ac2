import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { listItems } from './list-items';
import { isLoopback } from './network-address';

/** The names under which the server may be called, and the reverse proxies that it trusts. */
export interface ServerAccess {
  /** `*`, or host names in lower case. */
  readonly allowedHosts: '*' | readonly string[];
  /** The URL under which clients reach the gateway, without a trailing slash. */
  readonly publicUrl: string | undefined;
  /** Addresses, ranges and Express's keywords; empty if no `X-Forwarded-*` header is trusted. */
  readonly trustedProxies: readonly string[];
}

interface Variables {
  readonly HOST: string;
  readonly ALLOWED_HOSTS?: string | undefined;
  readonly PUBLIC_URL?: string | undefined;
  readonly TRUSTED_PROXIES?: string | undefined;
}

const HOST_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;
/** Express's names for ranges of addresses. */
const RANGES: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** @param faults receives the faults, by variable name */
export function readServerAccess(env: Variables, faults: string[]): ServerAccess {
  const publicUrl = readPublicUrl(env.PUBLIC_URL, faults);
  return {
    allowedHosts: readAllowedHosts(env, publicUrl, faults),
    publicUrl: publicUrl?.href.replace(/\/+$/, ''),
    trustedProxies: readTrustedProxies(env.TRUSTED_PROXIES, faults),
  };
}

/** By default, a gateway that listens only on loopback accepts only local names. */
function readAllowedHosts(
  { HOST, ALLOWED_HOSTS }: Variables,
  publicUrl: URL | undefined,
  faults: string[],
): ServerAccess['allowedHosts'] {
  const names = listItems(ALLOWED_HOSTS ?? (isLoopback(HOST) ? '' : '*')).map((name) =>
    name.toLowerCase(),
  );
  if (names.includes('*')) {
    return '*';
  }
  for (const name of names.filter((each) => !HOST_NAME.test(each))) {
    faults.push(`ALLOWED_HOSTS: "${name}" is not a host name like images.example (or *, for any)`);
  }
  return publicUrl === undefined ? names : [...names, publicUrl.hostname.toLowerCase()];
}

function readPublicUrl(text: string | undefined, faults: string[]): URL | undefined {
  if (text === undefined) {
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isGood =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isGood) {
    faults.push(
      'PUBLIC_URL must be the URL under which clients reach the gateway, like https://images.example or ' +
        'https://example.com/easel, without user, query and fragment',
    );
    return undefined;
  }
  return url;
}

function readTrustedProxies(list: string | undefined, faults: string[]): readonly string[] {
  const entries = listItems(list);
  for (const entry of entries.filter((each) => !isAddressOrRange(each))) {
    faults.push(
      `TRUSTED_PROXIES: "${entry}" is not an address (10.0.0.1), a range (10.0.0.0/8) or one of ` +
        [...RANGES].join(', '),
    );
  }
  return entries;
}

function isAddressOrRange(entry: string): boolean {
  const [address = '', ...prefix] = entry.split('/');
  return (
    RANGES.has(entry) ||
    (prefix.length === 0 && isIP(address) !== 0) ||
    (prefix.length === 1 && ipaddr.isValidCIDR(entry))
  );
}
