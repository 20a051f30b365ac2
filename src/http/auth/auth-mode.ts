import type { AppConfig } from '../../config/app-config';
import { ANONYMOUS, type Consumer } from '../../context/consumer';
import type { ConsumerRegistry } from '../../context/consumer-registry';
import type { AuthChallenge, GatewayFault } from '../../errors/gateway-error';

export type AuthMode = AppConfig['auth']['mode'];

/**
 * The parts of a request that authentication depends on. Header values are Latin-1 strings, as Node
 * provides them.
 */
export interface PresentedCredentials {
  readonly authorization: string | undefined;
  readonly xApiKey: string | undefined;
  readonly apiKey: string | undefined;
  /** Keys from the place that only the called API defines. */
  readonly ownKeys?: readonly string[];
  /** Whether the request reached a health probe's own route, by GET or HEAD. */
  readonly isHealthProbe: boolean;
  /** Whether the request reached the documentation, which a browser opens with HTTP Basic. */
  readonly isDocumentation: boolean;
}

/** The consumer that sent the request and its key, if keys are required; otherwise the fault. */
export type Authentication =
  | { readonly ok: true; readonly consumer: Consumer; readonly key?: string }
  | { readonly ok: false; readonly fault: GatewayFault };

/**
 * Decides whether a request is admitted. One valid key is enough, whatever other keys the request
 * carries.
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

/** Why a consumer's keys are currently refused, as the end of a sentence. */
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
 * All keys that a request carries. OpenAI's clients send a bearer token, Azure's send `api-key`,
 * Anthropic-style ones `x-api-key`. An empty bearer token or another scheme is not a key.
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
  // Node's decoder skips characters that are not base64, even a trailing no-break space.
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(token);
  if (scheme.toLowerCase() === 'basic' && credentials.isDocumentation && isBase64) {
    const decoded = Buffer.from(token, 'base64').toString('latin1');
    keys.unshift(decoded.slice(decoded.indexOf(':') + 1));
  }
  return keys.filter((key) => key !== '');
}

/**
 * Trims only what HTTP defines as white space. A no-break space is part of the key, and makes it a
 * wrong one.
 */
function withoutWhiteSpace(text: string): string {
  // Not a regular expression: one anchored at the end takes quadratic time in the header's length.
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

/** Enough of a wrong key to recognise it, but too little to use it. */
export function maskKey(key: string): string {
  if (key.length < 12) {
    return '***';
  }
  return `${key.slice(0, 3)}***${key.slice(-3)}`;
}
