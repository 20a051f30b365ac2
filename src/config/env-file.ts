import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** What was done with the variables in a file; names only, never values. */
export interface EnvFile {
  readonly taken: readonly string[];
  /** Already set in the environment, which takes precedence. */
  readonly overruled: readonly string[];
  /** Node's own variables, which Node has already read. */
  readonly tooLate: readonly string[];
}

/** Why a file cannot be read, as a message for the operator. */
export class EnvFileError extends Error {
  override readonly name = 'EnvFileError';
}

const READ_BY_NODE = /^NODE_(EXTRA_CA_CERTS|OPTIONS|USE_ENV_PROXY|USE_SYSTEM_CA)$/;

/**
 * Adds the variables of a file to the environment; existing ones take precedence. Node's
 * `--env-file` does the same but fails if there is no file, and `--env-file-if-exists` was added
 * after Node 20.
 *
 * @returns undefined if there is no such file
 * @throws EnvFileError
 */
export function takeEnvFile(
  path: string,
  environment: Record<string, string | undefined>,
): EnvFile | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return undefined;
    }
    throw new EnvFileError(`${path} cannot be read (${code})`);
  }
  const taken: string[] = [];
  const overruled: string[] = [];
  const tooLate: string[] = [];
  const text = textOf(bytes, path);
  refuseOtherLines(text, path);
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value === '') {
      continue;
    }
    if (environment[name] !== undefined) {
      overruled.push(name);
    } else if (READ_BY_NODE.test(name)) {
      tooLate.push(name);
    } else {
      environment[name] = value;
      taken.push(name);
    }
  }
  return { taken, overruled, tooLate };
}

/** Windows editors begin a file with a byte order mark, and PowerShell 5.1 writes UTF-16. */
function textOf(bytes: Buffer, path: string): string {
  if (bytes.includes(0)) {
    throw new EnvFileError(`${path} is not UTF-8 text: save it as that (PowerShell writes UTF-16)`);
  }
  return (
    bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      // Node itself accepts `export` since version 22.
      .replace(/^[ \t]*export[ \t]+/gm, '')
  );
}

const ASSIGNMENT = /^\s*[A-Za-z_][\w.-]*[ \t]*=[ \t]*(["'`]?)(.*)$/;

/**
 * Node 20 treats a line without = as the beginning of the next variable's name: a key on a line of
 * its own would be printed as a name, and the next variable lost. Later versions skip it silently.
 *
 * @throws EnvFileError which does not show the line
 */
function refuseOtherLines(text: string, path: string): void {
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (/^\s*(#|$)/.test(line)) {
      continue;
    }
    const assignment = ASSIGNMENT.exec(line.trimEnd());
    if (assignment === null) {
      throw new EnvFileError(`${path}, line ${index + 1}: not NAME=value (the line is not shown)`);
    }
    const [, quote = '', rest = ''] = assignment;
    if (quote !== '' && !rest.includes(quote)) {
      // A quoted value may span several lines; one whose quote never closes has only this line.
      const end = lines.findIndex((later, at) => at > index && later.includes(quote));
      index = Math.max(index, end);
    }
  }
}
