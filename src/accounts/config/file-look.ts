import { statSync } from 'node:fs';

/** What a file looks like from outside. */
export interface FileLook {
  /** Changes whenever the file behind the path, links followed, does; or why it cannot be looked at. */
  readonly signature: string;
  /** Since it was last changed, in milliseconds; Infinity where that cannot be told. */
  readonly age: number;
}

export function lookAt(path: string): FileLook {
  try {
    const { ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    return {
      signature: `${ino}/${size}/${mtimeNs}/${ctimeNs}`,
      age: Math.abs(Date.now() - Number(ctimeMs)),
    };
  } catch (error) {
    return {
      signature: error instanceof Error && 'code' in error ? String(error.code) : 'unreadable',
      age: Number.POSITIVE_INFINITY,
    };
  }
}
