import { unlink } from 'node:fs/promises';

/** Deletes a file that another process may have deleted already. */
export async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(ifThere);
}

/** Ignores that a file is missing. */
export function ifThere(error: unknown): undefined {
  ifCode(error, 'ENOENT', undefined);
}

/** The value if the error has this code. */
export function ifCode<T>(error: unknown, code: string, value: T): T {
  if ((error as NodeJS.ErrnoException).code === code) {
    return value;
  }
  throw error;
}
