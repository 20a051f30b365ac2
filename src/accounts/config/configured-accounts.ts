import type { AppConfig } from '../../config/app-config';
import { nameOfKey } from '../../config/gemini-keys';
import { ConfigFileError } from '../../config-file/config-file.error';
import type { Account } from '../account';
import { parseAccounts } from './accounts-file';

/** Where accounts are configured. */
export type AccountsSources = Pick<AppConfig['accounts'], 'file' | 'geminiApiKeys'>;

/**
 * The accounts that the operator has configured: those in the file, then the bare keys.
 *
 * @throws ConfigFileError listing every fault at once
 */
export function configuredAccounts(
  config: AccountsSources,
  readFile: (path: string) => string,
): readonly Account[] {
  const fromFile = config.file === undefined ? [] : accountsOfFile(config.file, readFile);
  const fromKeys = config.geminiApiKeys.map((apiKey, index): Account => ({
    email: nameOfKey(index),
    provider: 'gemini',
    apiKey,
    maxConcurrency: 4,
    priority: 1,
    enabled: true,
  }));
  const emails = new Set(fromFile.map(({ email }) => email));
  const taken = fromKeys.filter(({ email }) => emails.has(email));
  if (taken.length > 0) {
    throw new ConfigFileError(
      'accounts',
      taken.map(
        ({ email }) => `${email} is in ACCOUNTS_FILE and also the name of a GEMINI_API_KEYS`,
      ),
    );
  }
  return [...fromFile, ...fromKeys];
}

function accountsOfFile(path: string, readFile: (path: string) => string): readonly Account[] {
  let text: string;
  try {
    text = readFile(path);
  } catch {
    throw new ConfigFileError('accounts', [`ACCOUNTS_FILE cannot be read: ${path}`]);
  }
  return parseAccounts(text, readFile);
}
