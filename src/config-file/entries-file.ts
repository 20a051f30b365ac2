import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { ConfigFileError } from './config-file.error';
import { EntryReader, showableName } from './entry-reader';

/** A value that must be unique among the entries. */
interface Claim {
  /** How a fault begins: `its email`. */
  readonly what: string;
  /** Distinct from the values of all other kinds of claims. */
  readonly value: string;
}

/** The entries of a file, and how to read one. */
export interface EntryKind<T> {
  /** The name of the list, and of all entries together: `accounts`. */
  readonly list: string;
  /** What a fault calls one entry: `an account`. */
  readonly noun: string;
  /** Whether other names beside the list are faults. */
  readonly isAlone?: boolean;
  /** An operator's name for a parsed entry: an index is hard to find among hundreds. */
  readonly labelOf: (value: unknown) => string | undefined;
  /** Reports faults to the reader, and continues with a harmless value in place of each. */
  readonly read: (entry: EntryReader) => T;
  readonly claimsOf: (entry: T) => readonly Claim[];
  /** Values that are already taken outside the file, and by whom. */
  readonly claimed?: ReadonlyMap<string, string>;
}

type ListShape = Pick<EntryKind<never>, 'list' | 'isAlone'>;

/** One entry of the list, and its position. */
interface Entry {
  readonly value: unknown;
  /** Counted from 1; undefined if it is not known. */
  readonly line: number | undefined;
}

/**
 * Reads the text of a file that lists entries, YAML or JSON (which is also YAML).
 *
 * @param readFile reads a file that an entry names; throws if it cannot
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
    // Only the YAML parser knows the line of a fault.
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
            ? `${claim.what} occurs twice`
            : `${claim.what} is already used by ${holder}`,
        );
      }
    }
    return entry;
  });
  return { entries, faults };
}

/** The entries if the text is certainly JSON, which is parsed many times as fast as YAML. */
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
  // JSON.parse silently uses the last of two equal names; one of them is a mistake.
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

/** The number of names in a JSON text: strings followed by a colon. */
function countNamesIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?/g)) {
    count += colon === undefined ? 0 : 1;
  }
  return count;
}

/** Several files may have faults at once, so each of a whole file names its variable. */
function variableOf(list: string): string {
  return `${list.toUpperCase()}_FILE`;
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
      `${variableOf(name)}: line ${line}, column ${col}: not valid YAML (${broken.code})`,
    ]);
  }
  const root = document.contents;
  const seq = isMap(root) ? root.get(name, true) : undefined;
  if (!isMap(root) || !isSeq(seq)) {
    throw new ConfigFileError(name, [
      `${variableOf(name)} must hold a list under the name ${name}`,
    ]);
  }
  const others = root.items
    .map(({ key }) => key)
    .filter((key) => !isScalar(key) || key.value !== name);
  if (isAlone === true && others.length > 0) {
    throw new ConfigFileError(
      name,
      others.map(
        (key) =>
          `${variableOf(name)}: line ${lineOf(key as Node) ?? 0}: ${showableName(isScalar(key) ? String(key.value) : '')} is not a ` +
          `property of the file; expected ${name} (is it indented too little?)`,
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
