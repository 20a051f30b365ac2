import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { ConfigFileError } from './config-file.error';
import { EntryReader, showableName } from './entry-reader';

/** Something that only one entry may have. */
interface Claim {
  /** How a fault begins: `its email`. */
  readonly what: string;
  /** Unlike that of every other kind of claim. */
  readonly value: string;
}

/** What a file lists, and how one of its entries is read. */
export interface EntryKind<T> {
  /** The name of the list, and of all entries together: `accounts`. */
  readonly list: string;
  /** What one of them is called in a fault: `an account`. */
  readonly noun: string;
  /** Whether names beside that of the list are faults. */
  readonly isAlone?: boolean;
  /** What an operator calls an entry, as it was parsed: a position is hard to find among hundreds. */
  readonly labelOf: (value: unknown) => string | undefined;
  /** Reports faults to the reader, and goes on with a harmless value in the place of each. */
  readonly read: (entry: EntryReader) => T;
  readonly claimsOf: (entry: T) => readonly Claim[];
  /** Who has a value already, outside of the file. */
  readonly claimed?: ReadonlyMap<string, string>;
}

type ListShape = Pick<EntryKind<never>, 'list' | 'isAlone'>;

/** One entry of the list, and where it stands. */
interface Entry {
  readonly value: unknown;
  /** Counted from 1; undefined where it is not known. */
  readonly line: number | undefined;
}

/**
 * Reads the text of a file that lists entries, YAML or JSON (which is YAML as well).
 *
 * @param readFile reads a file that an entry names; throws when it cannot
 * @throws ConfigFileError listing every fault at once, with the entry's index and line
 */
export function parseEntries<T>(
  text: string,
  kind: EntryKind<T>,
  readFile: (path: string) => string,
): readonly T[] {
  const quick = entriesOfJson(text, kind);
  if (quick !== undefined) {
    const { entries, faults } = checked(quick, kind, readFile);
    if (faults.length === 0) {
      return entries;
    }
    // Only the YAML parser knows on which line a fault is.
  }
  const { entries, faults } = checked(entriesOfYaml(text, kind), kind, readFile);
  if (faults.length > 0) {
    throw new ConfigFileError(kind.list, faults);
  }
  return entries;
}

function checked<T>(
  list: readonly Entry[],
  { list: listName, noun, labelOf, read, claimsOf, claimed }: EntryKind<T>,
  readFile: (path: string) => string,
): { readonly entries: readonly T[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const holders = new Map(claimed);
  const entries = list.map(({ value, line }, index) => {
    const label = labelOf(value);
    const place =
      `${listName}[${index}]` +
      (line === undefined ? '' : ` (line ${line})`) +
      (label === undefined ? '' : `, ${label}`);
    const report = (fault: string): void => {
      faults.push(`${place}: ${fault}`);
    };
    const entry = read(new EntryReader(value, { noun, report, readFile }));
    for (const claim of claimsOf(entry)) {
      const holder = holders.get(claim.value);
      if (holder === undefined) {
        holders.set(claim.value, place);
      } else {
        report(
          holder === place
            ? `${claim.what} is there twice`
            : `${claim.what} is already that of ${holder}`,
        );
      }
    }
    return entry;
  });
  return { entries, faults };
}

/** The entries where the text is JSON without a doubt, read many times as fast as YAML. */
function entriesOfJson(
  text: string,
  { list: name, isAlone }: ListShape,
): readonly Entry[] | undefined {
  if (!text.trimStart().startsWith('{')) {
    return undefined;
  }
  let root: Readonly<Record<string, unknown>>;
  try {
    root = JSON.parse(text) as typeof root;
  } catch {
    return undefined;
  }
  const list = root[name];
  if (!Array.isArray(list) || list.length === 0) {
    return undefined;
  }
  // JSON.parse takes the last of two equal names without a word; one of them is a mistake.
  const isWhole = countNames(root) === countNamesIn(text);
  const isOfOneName = isAlone !== true || Object.keys(root).length === 1;
  return isWhole && isOfOneName
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

/** How many names there are in a text that is JSON: strings with a colon behind. */
function countNamesIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g)) {
    count += colon === undefined ? 0 : 1;
  }
  return count;
}

function entriesOfYaml(text: string, { list: name, isAlone }: ListShape): readonly Entry[] {
  const lines = new LineCounter();
  // Pretty errors quote the file, and the file holds keys.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: Node | null | undefined): number | undefined =>
    node?.range ? lines.linePos(node.range[0]).line : undefined;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ConfigFileError(name, [
      `line ${line}, column ${col}: not valid YAML (${broken.code})`,
    ]);
  }
  const root = document.contents;
  const seq = isMap(root) ? root.get(name, true) : undefined;
  if (!isMap(root) || !isSeq(seq)) {
    throw new ConfigFileError(name, [`the file must hold a list under the name ${name}`]);
  }
  const others = root.items
    .map(({ key }) => key)
    .filter((key) => !isScalar(key) || key.value !== name);
  if (isAlone === true && others.length > 0) {
    throw new ConfigFileError(
      name,
      others.map(
        (key) =>
          `line ${lineOf(key as Node) ?? 0}: ${showableName(isScalar(key) ? String(key.value) : '')} is not a ` +
          `property of the file: ${name} is (is it indented too little?)`,
      ),
    );
  }
  if (seq.items.length === 0) {
    throw new ConfigFileError(name, [`the list of ${name} is empty`]);
  }
  const values: unknown = seq.toJS(document);
  return (values as readonly unknown[]).map((value, index) => ({
    value,
    line: lineOf(seq.items[index] as Node | undefined),
  }));
}
