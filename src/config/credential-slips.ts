/** Whether a value still has its quotes: Docker's `--env-file` and some panels hand them on. */
export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value) && value.length > 1;
}

const PLACEHOLDER =
  /^(put|paste|insert|enter|your|another|replace|change)[-_ ]|^changeme|^placeholder|^<.*>$|^x{3,}$|your[-_](\w+[-_])*key|…|\.\.\.$/i;

/** Whether a key is the placeholder of an example. */
export function isPlaceholder(key: string): boolean {
  return PLACEHOLDER.test(key);
}
