import { isMap, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { Account } from '../account';
import { member } from '../../json/unknown-json';
import { isAccountEmail, readAccount } from './account-entry';
import { EntryReader } from './entry-reader';

/** Everything wrong with the accounts, each with its place; never a credential. */
export class AccountsFileError extends Error {
  override readonly name = 'AccountsFileError';

  constructor(readonly faults: readonly string[]) {
    super(`The accounts have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}

/** One entry of the list, and where it stands. */
interface Entry {
  readonly value: unknown;
  /** Counted from 1; undefined if unknown. */
  readonly line: number | undefined;
}

/**
 * Reads the text of an accounts file, YAML or JSON (which is YAML as well).
 *
 * @param readFile reads a credential's file; throws when it cannot
 * @throws AccountsFileError listing every fault at once, with the account's index and line
 */
export function parseAccounts(
  text: string,
  readFile: (path: string) => string,
): readonly Account[] {
  const quick = entriesOfJson(text);
  if (quick !== undefined) {
    const { accounts, faults } = checked(quick, readFile);
    if (faults.length === 0) {
      return accounts;
    }
    // Only the YAML parser knows the line of a fault.
  }
  const { accounts, faults } = checked(entriesOfYaml(text), readFile);
  if (faults.length > 0) {
    throw new AccountsFileError(faults);
  }
  return accounts;
}

function checked(
  entries: readonly Entry[],
  readFile: (path: string) => string,
): { readonly accounts: readonly Account[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const places = new Map<string, string>();
  const accounts = entries.map(({ value, line }, index) => {
    const label = labelIn(value);
    const place =
      `accounts[${index}]` +
      (line === undefined ? '' : ` (line ${line})`) +
      (label === undefined ? '' : `, ${label}`);
    const report = (fault: string): void => {
      faults.push(`${place}: ${fault}`);
    };
    const account = readAccount(new EntryReader(value, report, readFile));
    const first = places.get(account.email);
    if (first !== undefined) {
      report(`its email is already that of ${first}`);
    } else if (account.email !== '') {
      places.set(account.email, place);
    }
    return account;
  });
  return { accounts, faults };
}

/** The operator's name for the account: a position is hard to find among hundreds. */
function labelIn(entry: unknown): string | undefined {
  const email = member(entry, 'email');
  const label = typeof email === 'number' ? String(email) : email;
  return typeof label === 'string' && isAccountEmail(label.trim()) ? label.trim() : undefined;
}

/** The entries if the text is certainly JSON, which is read many times as fast as YAML. */
function entriesOfJson(text: string): readonly Entry[] | undefined {
  if (!text.trimStart().startsWith('{')) {
    return undefined;
  }
  let root: unknown;
  try {
    root = JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
  const list: unknown = (root as Readonly<Record<string, unknown>>)['accounts'];
  // JSON.parse silently takes the last of two equal names; one of them is a mistake.
  return Array.isArray(list) && list.length > 0 && countNames(root) === countNamesIn(text)
    ? list.map((value: unknown) => ({ value, line: undefined }))
    : undefined;
}

function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  const members: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((sum, member) => sum + countNames(member), own);
}

/** The number of names in a JSON text: strings with a colon after them. */
function countNamesIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g)) {
    count += colon === undefined ? 0 : 1;
  }
  return count;
}

function entriesOfYaml(text: string): readonly Entry[] {
  const lines = new LineCounter();
  // Pretty errors quote the file, and the file holds keys.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new AccountsFileError([`line ${line}, column ${col}: not valid YAML (${broken.code})`]);
  }
  const root = document.contents;
  const seq = isMap(root) ? root.get('accounts', true) : undefined;
  if (!isSeq(seq)) {
    throw new AccountsFileError(['the file must hold a list under the name accounts']);
  }
  if (seq.items.length === 0) {
    throw new AccountsFileError(['the list of accounts is empty']);
  }
  const values: unknown = seq.toJS(document);
  return (values as readonly unknown[]).map((value, index) => {
    const start = (seq.items[index] as Node | undefined)?.range?.[0];
    return { value, line: start === undefined ? undefined : lines.linePos(start).line };
  });
}
