import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Account } from './account';
import { readAccount } from './account-entry';
import { EntryReader } from './entry-reader';

/** Everything wrong with the accounts, each with its place; never a credential. */
export class AccountsFileError extends Error {
  override readonly name = 'AccountsFileError';

  constructor(readonly faults: readonly string[]) {
    super(`The accounts have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
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
  const lines = new LineCounter();
  // Pretty errors quote the file, and the file holds keys.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new AccountsFileError([`line ${line}, column ${col}: not valid YAML (${broken.code})`]);
  }
  const entries = readEntries(document);
  const faults: string[] = [];
  const places = new Map<string, string>();
  const accounts = entries.map(({ value, node }, index) => {
    const start = node?.range?.[0];
    const line = start === undefined ? '' : ` (line ${lines.linePos(start).line})`;
    const place = `accounts[${index}]${line}`;
    const report = (fault: string): void => {
      faults.push(`${place}: ${fault}`);
    };
    const account = readAccount(new EntryReader(value, report, readFile));
    const first = places.get(account.email);
    if (first !== undefined) {
      faults.push(`${place}: email ${account.email} is already that of ${first}`);
    } else if (account.email !== '') {
      places.set(account.email, place);
    }
    return account;
  });
  if (faults.length > 0) {
    throw new AccountsFileError(faults);
  }
  return accounts;
}

function readEntries(document: Document): readonly { value: unknown; node: Node | undefined }[] {
  const root = document.contents;
  const seq = isMap(root) ? root.get('accounts', true) : undefined;
  if (!isSeq(seq)) {
    throw new AccountsFileError(['the file must hold a list under the name accounts']);
  }
  if (seq.items.length === 0) {
    throw new AccountsFileError(['the list of accounts is empty']);
  }
  const values: unknown = seq.toJS(document);
  return (values as readonly unknown[]).map((value, index) => ({
    value,
    node: seq.items[index] as Node | undefined,
  }));
}
