/** What is said of a value that still has its quotes, after its name. */
export const IN_QUOTES = 'is in quotes, which would become a part of it: leave them out';

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

/** What was done wrong in copying a key; undefined where nothing was. It reads on after the name of the key. */
export function keySlip(key: string): string | undefined {
  if (isQuoted(key)) {
    return IN_QUOTES;
  }
  return isPlaceholder(key)
    ? 'is the placeholder of an example: put a key of your own there'
    : undefined;
}
