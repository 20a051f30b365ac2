import { randomBytes } from 'node:crypto';
import { keyDigest } from '../context/consumer-registry';

/** By which people and scanners of secrets recognise a key. */
const PREFIX = 'sk-easel-';
const RANDOM_BYTES = 32;

/** A fresh key, and what the consumers file says of it: the key itself is nowhere but with its holder. */
export function freshKey(name: string): { readonly key: string; readonly yaml: string } {
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  const yaml = `  - name: ${quoted(name)}\n    keySha256: ${quoted(keyDigest(key).toString('hex'))}\n`;
  return { key, yaml };
}

/** YAML takes a text of digits, with an `e` or a dot among them or not, for a number. */
function quoted(text: string): string {
  return /^[\d.]|^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? `'${text}'` : text;
}
