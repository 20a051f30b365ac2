import { createHash, timingSafeEqual } from 'node:crypto';
import type { AppConfig } from '../../config/app-config';
import { ANONYMOUS, PROXY, type Consumer } from '../../context/consumer';
import type { AuthChallenge, GatewayFault } from '../../errors/gateway-error';

export type AuthMode = AppConfig['auth']['mode'];

/** What of a request decides whether it may pass. Header values are as Node gives them, in Latin-1. */
export interface PresentedCredentials {
  readonly authorization: string | undefined;
  readonly xApiKey: string | undefined;
  readonly apiKey: string | undefined;
  /** Those that came where only the request's own API puts one. */
  readonly ownKeys?: readonly string[];
  /** The request reached a health probe's own route, by GET or HEAD. */
  readonly isHealthProbe: boolean;
  /** The request reached the documentation, which a browser opens by HTTP Basic. */
  readonly isDocumentation: boolean;
}

/** The consumer that sent the request, or why it may not pass. */
export type Authentication =
  | { readonly ok: true; readonly consumer: Consumer }
  | { readonly ok: false; readonly fault: GatewayFault };

/** Authenticates requests. */
export function authenticate(
  mode: AuthMode,
  validKeys: readonly string[],
  credentials: PresentedCredentials,
): Authentication {
  if (mode === 'off' || (mode === 'all_except_health' && credentials.isHealthProbe)) {
    return { ok: true, consumer: ANONYMOUS };
  }
  const presented = presentedKeys(credentials);
  if (presented.some((key) => isValidKey(validKeys, key))) {
    return { ok: true, consumer: PROXY };
  }
  const challenge: AuthChallenge = credentials.isDocumentation ? 'bearer_or_basic' : 'bearer';
  const [wrong] = presented;
  return {
    ok: false,
    fault:
      wrong === undefined
        ? { kind: 'missing_api_key', challenge }
        : { kind: 'wrong_api_key', maskedKey: maskKey(wrong), challenge },
  };
}

/**
 * All keys a request carries. OpenAI's clients send a bearer, Azure's `api-key`, Anthropic-minded
 * ones `x-api-key`. An empty bearer or another scheme is no key at all.
 */
export function presentedKeys(credentials: PresentedCredentials): readonly string[] {
  const authorization = withoutWhiteSpace(credentials.authorization ?? '');
  const gap = authorization.search(/[ \t]/);
  const scheme = gap < 0 ? authorization : authorization.slice(0, gap);
  const token = gap < 0 ? '' : withoutWhiteSpace(authorization.slice(gap));
  const { xApiKey, apiKey, ownKeys = [] } = credentials;
  const keys = [xApiKey, apiKey, ...ownKeys].map((key) => withoutWhiteSpace(key ?? ''));
  if (scheme.toLowerCase() === 'bearer') {
    keys.unshift(token);
  }
  // Node's decoder passes over what is no base64, a no-break space behind it included.
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(token);
  if (scheme.toLowerCase() === 'basic' && credentials.isDocumentation && isBase64) {
    const decoded = Buffer.from(token, 'base64').toString('latin1');
    keys.unshift(decoded.slice(decoded.indexOf(':') + 1));
  }
  return keys.filter((key) => key !== '');
}

/** Only what HTTP calls white space: a no-break space is a part of the key, and makes it a wrong one. */
function withoutWhiteSpace(text: string): string {
  // No pattern: one that looks for the end takes the square of a header's length.
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceOrTab(text[start])) {
    start += 1;
  }
  while (end > start && isSpaceOrTab(text[end - 1])) {
    end -= 1;
  }
  return text.slice(start, end);
}

function isSpaceOrTab(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/**
 * Compares digests of the bytes on the wire, and with every key, so that the time taken reveals nothing
 * about any of them. Node reads headers as Latin-1, which gives each byte back as it came.
 */
function isValidKey(validKeys: readonly string[], presented: string): boolean {
  const digest = sha256(Buffer.from(presented, 'latin1'));
  return digestsOf(validKeys).reduce(
    (found, valid) => timingSafeEqual(valid, digest) || found,
    false,
  );
}

const knownDigests = new WeakMap<readonly string[], readonly Buffer[]>();

/** The keys of the configuration stay the same, and so do their digests. */
function digestsOf(keys: readonly string[]): readonly Buffer[] {
  const digests = knownDigests.get(keys) ?? keys.map((key) => sha256(Buffer.from(key, 'utf8')));
  knownDigests.set(keys, digests);
  return digests;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Enough of a wrong key to recognise it by, never enough to use it. */
export function maskKey(key: string): string {
  if (key.length < 12) {
    return '***';
  }
  return `${key.slice(0, 3)}***${key.slice(-3)}`;
}
