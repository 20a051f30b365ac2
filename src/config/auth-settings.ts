import { IN_QUOTES, isPlaceholder, isQuoted } from './credential-slips';
import type { Env } from './env';
import { isLoopback } from './network-address';

/** Client authentication. */
export interface AuthSettings {
  readonly mode: 'off' | 'strict' | 'all_except_health';
  /** The keys of the consumer `proxy`. */
  readonly keys: readonly string[];
  readonly consumersFile: string | undefined;
}

type Variables = Pick<Env, 'PROXY_AUTH_MODE' | 'PROXY_API_KEY' | 'CONSUMERS_FILE' | 'HOST'>;

/**
 * Reads which requests need a key, and the keys.
 *
 * @param keys those in `PROXY_API_KEY`
 * @param hasRealAccounts whether admitted clients spend money
 * @param isModeFaulty whether the mode has already been reported as faulty
 * @param faults receives the faults, by variable name
 */
export function readAuth(
  env: Variables,
  keys: readonly string[],
  hasRealAccounts: boolean,
  isModeFaulty: boolean,
  faults: string[],
): AuthSettings {
  const { PROXY_AUTH_MODE, PROXY_API_KEY, CONSUMERS_FILE: consumersFile, HOST } = env;
  const hasKeys = keys.length > 0 || consumersFile !== undefined;
  const mode = PROXY_AUTH_MODE ?? (hasKeys ? 'all_except_health' : 'off');
  const isNoKeySet = PROXY_API_KEY === undefined && consumersFile === undefined;
  if (isNoKeySet && !isModeFaulty && mode !== 'off') {
    faults.push(
      'PROXY_API_KEY must hold a key, or CONSUMERS_FILE name a file with keys, because ' +
        `PROXY_AUTH_MODE is ${mode}`,
    );
  }
  if (mode === 'off' && consumersFile !== undefined) {
    faults.push(
      'CONSUMERS_FILE names consumers, but PROXY_AUTH_MODE=off requires no keys: remove one of the two',
    );
  }
  if (hasRealAccounts && PROXY_AUTH_MODE === undefined && !hasKeys && !isLoopback(HOST)) {
    faults.push(
      `PROXY_API_KEY is not set, and HOST ${HOST} lets others reach real accounts: ` +
        'set a key, or set PROXY_AUTH_MODE=off to confirm',
    );
  }
  if (PROXY_API_KEY !== undefined && keys.length === 0) {
    faults.push('PROXY_API_KEY holds no key');
  }
  // Quotes around the whole list are reported where the variable is read.
  if (!isQuoted(PROXY_API_KEY ?? '') && keys.some(isQuoted)) {
    faults.push(`PROXY_API_KEY holds a key that ${IN_QUOTES}`);
  }
  if (keys.some(isPlaceholder)) {
    faults.push('PROXY_API_KEY holds the placeholder of an example: put a key of your own there');
  }
  return { mode, keys, consumersFile };
}
