import { randomBytes } from 'node:crypto';
import { keyDigest } from '../context/consumer-registry';

/** Lets people and secret scanners recognise a key. */
const PREFIX = 'sk-easel-';
const RANDOM_BYTES = 32;

/** A new key, and its entry for the consumers file. The key itself is not stored anywhere. */
export function freshKey(name: string): { readonly key: string; readonly yaml: string } {
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  const yaml = `  - name: ${quoted(name)}\n    keySha256: ${quoted(keyDigest(key).toString('hex'))}\n`;
  return { key, yaml };
}

/** YAML may parse a text of digits, even with an `e` or a dot among them, as a number. */
function quoted(text: string): string {
  return /^[\d.]|^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? `'${text}'` : text;
}
