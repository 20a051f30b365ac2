/** The message for a value that still has its quotes, to follow its name. */
export const IN_QUOTES = 'is in quotes, which would become part of it: remove them';

/** Whether a value still has its quotes: Docker's `--env-file` and some panels pass them on. */
export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value) && value.length > 1;
}

const PLACEHOLDER =
  /^(put|paste|insert|enter|your|another|replace|change)[-_ ]|^changeme|^placeholder|^<.*>$|^x{3,}$|your[-_](\w+[-_])*key|…|\.\.\.$/i;

/** Whether a key is the placeholder of an example. */
export function isPlaceholder(key: string): boolean {
  return PLACEHOLDER.test(key);
}

/** A mistake made in copying a key, to follow the name of the key; undefined if there is none. */
export function keySlip(key: string): string | undefined {
  if (isQuoted(key)) {
    return IN_QUOTES;
  }
  return isPlaceholder(key)
    ? 'is the placeholder of an example: put a key of your own there'
    : undefined;
}
