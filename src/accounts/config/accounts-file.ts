import { parseEntries, type EntryKind } from '../../config-file/entries-file';
import { member } from '../../json/unknown-json';
import type { Account } from '../account';
import { isAccountEmail, readAccount } from './account-entry';

const ACCOUNTS: EntryKind<Account> = {
  list: 'accounts',
  noun: 'an account',
  labelOf,
  read: readAccount,
  claimsOf: ({ email }) => (email === '' ? [] : [{ what: 'its email', value: email }]),
};

/**
 * Reads the text of an accounts file, YAML or JSON.
 *
 * @param readFile reads a credential's file; throws if it cannot
 * @throws ConfigFileError listing every fault at once, with the account's index and line
 */
export function parseAccounts(
  text: string,
  readFile: (path: string) => string,
): readonly Account[] {
  return parseEntries(text, ACCOUNTS, readFile);
}

function labelOf(entry: unknown): string | undefined {
  const email = member(entry, 'email');
  const label = typeof email === 'number' ? String(email) : email;
  return typeof label === 'string' && isAccountEmail(label.trim()) ? label.trim() : undefined;
}
