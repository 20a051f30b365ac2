/** A variable that is set but unknown, and was probably meant to be one of Easel's. */
export interface VariableSlip {
  readonly name: string;
  readonly meant: string;
  /** Whether the mistake would silently open the gateway, or make it use the emulator. */
  readonly isGrave: boolean;
}

/** Mistakes that are too far from the right name to be found by edit distance. */
const KNOWN_SLIPS: ReadonlyMap<string, string> = new Map([
  ['PROXY_KEY', 'PROXY_API_KEY'],
  ['PROXY_KEYS', 'PROXY_API_KEY'],
  ['PROXY_TOKEN', 'PROXY_API_KEY'],
  ['PROXY_AUTH', 'PROXY_AUTH_MODE'],
  ['PROXY_MODE', 'PROXY_AUTH_MODE'],
  ['ACCOUNTS_PATH', 'ACCOUNTS_FILE'],
  ['ACCOUNTS_YAML', 'ACCOUNTS_FILE'],
  ['CONSUMERS', 'CONSUMERS_FILE'],
  ['CONSUMERS_PATH', 'CONSUMERS_FILE'],
  ['CONSUMERS_YAML', 'CONSUMERS_FILE'],
  ['CONSUMERS_CONFIG', 'CONSUMERS_FILE'],
  ['CONSUMER_KEYS_FILE', 'CONSUMERS_FILE'],
  ['GOOGLE_API_KEY', 'GEMINI_API_KEYS'],
  ['GOOGLE_API_KEYS', 'GEMINI_API_KEYS'],
]);

/** Shorter names are close to too many others. */
const SHORTEST = 8;
const FARTHEST = 2;

/**
 * Kubernetes and Docker set such names for every service, and OpenTelemetry's SDK reads its own.
 */
const OF_OTHERS = /_SERVICE_(HOST|PORT)|_PORT(_|$)|^OTEL_/;

/** @param ours every name that Easel reads, except `NAME_FILE` */
export function variableSlips(
  environment: Readonly<Record<string, string | undefined>>,
  ours: readonly string[],
): readonly VariableSlip[] {
  const known = new Set(ours.flatMap((name) => [name, `${name}_FILE`]));
  return Object.keys(environment).flatMap((name) => {
    if ((environment[name] ?? '') === '' || known.has(name)) {
      return [];
    }
    const meant = meantBy(name.toUpperCase(), known);
    return meant === undefined
      ? []
      : [{ name, meant, isGrave: /^(PROXY_|ACCOUNTS_FILE|CONSUMERS_FILE)/.test(meant) }];
  });
}

function meantBy(name: string, known: ReadonlySet<string>): string | undefined {
  const slip = KNOWN_SLIPS.get(name);
  if (slip !== undefined || name.length < SHORTEST || OF_OTHERS.test(name)) {
    return slip;
  }
  let nearest: string | undefined;
  let least = FARTHEST + 1;
  for (const candidate of known) {
    const away = distance(name, candidate);
    if (away < least) {
      least = away;
      nearest = candidate;
    }
  }
  return nearest;
}

/** The Levenshtein distance: how many letters must be changed, removed or inserted. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > FARTHEST) {
    return FARTHEST + 1;
  }
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
