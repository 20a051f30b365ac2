import type { AppConfig } from '../../config/app-config';
import { ANONYMOUS, type Consumer } from '../../context/consumer';
import type { ConsumerRegistry } from '../../context/consumer-registry';
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

/** The consumer that sent the request and the key that says so, where one is asked for; or why it may not pass. */
export type Authentication =
  | { readonly ok: true; readonly consumer: Consumer; readonly key?: string }
  | { readonly ok: false; readonly fault: GatewayFault };

/**
 * Decides who gets in. One key that is good is enough, whatever others a request carries.
 *
 * @param now epoch milliseconds
 */
export function authenticate(
  mode: AuthMode,
  consumers: Pick<ConsumerRegistry, 'holderOf'>,
  credentials: PresentedCredentials,
  now = Date.now(),
): Authentication {
  if (mode === 'off' || (mode === 'all_except_health' && credentials.isHealthProbe)) {
    return { ok: true, consumer: ANONYMOUS };
  }
  const challenge: AuthChallenge = credentials.isDocumentation ? 'bearer_or_basic' : 'bearer';
  const presented = presentedKeys(credentials);
  let refusal: GatewayFault | undefined;
  for (const key of presented) {
    const consumer = consumers.holderOf(key);
    if (consumer === undefined) {
      continue;
    }
    const why = whyUnusable(consumer, now);
    if (why === undefined) {
      return { ok: true, consumer, key };
    }
    refusal ??= { kind: 'unusable_api_key', consumer: consumer.name, why, challenge };
  }
  const [wrong] = presented;
  const unknown: GatewayFault =
    wrong === undefined
      ? { kind: 'missing_api_key', challenge }
      : { kind: 'wrong_api_key', maskedKey: maskKey(wrong), challenge };
  return { ok: false, fault: refusal ?? unknown };
}

/** Why the keys of a consumer are refused for the time being, as a sentence goes on. */
function whyUnusable({ enabled, expiresAt }: Consumer, now: number): string | undefined {
  if (!enabled) {
    return 'is disabled';
  }
  if (expiresAt === undefined || now < expiresAt) {
    return undefined;
  }
  return `expired at the end of ${new Date(expiresAt - 1).toISOString().slice(0, 10)} (UTC)`;
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

/** Enough of a wrong key to recognise it by, never enough to use it. */
export function maskKey(key: string): string {
  if (key.length < 12) {
    return '***';
  }
  return `${key.slice(0, 3)}***${key.slice(-3)}`;
}
