import { statSync } from 'node:fs';

/**
 * File systems store times in steps of some milliseconds. A file that was written this recently may
 * be written again and have the same fingerprint.
 */
const SETTLED_AFTER_MS = 100;

/** The fingerprint of each file, by its path. */
export type Fingerprints = ReadonlyMap<string, string>;

/**
 * A text that differs whenever the file behind the path has changed, symbolic links followed. If
 * the file cannot be examined, the text is the reason.
 */
export function fileFingerprint(path: string): string {
  return inspect(path).fingerprint;
}

/**
 * The fingerprint to remember for a file that is about to be read. A file that has just been
 * written gets one that never matches, so that it is read once more.
 */
export function settledFingerprint(path: string): string {
  const { fingerprint, ageMs } = inspect(path);
  return ageMs < SETTLED_AFTER_MS ? 'not settled' : fingerprint;
}

function inspect(path: string): { readonly fingerprint: string; readonly ageMs: number } {
  try {
    const { ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    return {
      fingerprint: `${ino}/${size}/${mtimeNs}/${ctimeNs}`,
      ageMs: Math.abs(Date.now() - Number(ctimeMs)),
    };
  } catch (error) {
    return {
      fingerprint: String((error as NodeJS.ErrnoException).code),
      ageMs: Number.POSITIVE_INFINITY,
    };
  }
}
