import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Account } from './account';

/** Everything wrong with the accounts, each with its place; never a credential. */
export class AccountsFileError extends Error {
  override readonly name = 'AccountsFileError';

  constructor(readonly faults: readonly string[]) {
    super(`The accounts have ${faults.length} fault(s):\n- ${faults.join('\n- ')}`);
  }
}

const PROPERTIES: readonly string[] = [
  'email',
  'provider',
  'apiKey',
  'apiKeyFile',
  'project',
  'maxConcurrency',
  'priority',
  'models',
  'enabled',
  'baseUrl',
];

const DEFAULT_CONCURRENCY = 4;

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
    const reader = new EntryReader(value, (fault) => faults.push(`${place}: ${fault}`), readFile);
    const account = reader.account();
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

/** Reads one entry, property by property; a fault is reported and a harmless value goes on. */
class EntryReader {
  private readonly entry: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly report: (fault: string) => void,
    private readonly readFile: (path: string) => string,
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.entry = isObject ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isObject) {
      this.report('an account must be a mapping of names to values');
    }
    for (const name of Object.keys(this.entry).filter((key) => !PROPERTIES.includes(key))) {
      this.report(`${name} is not a property of an account`);
    }
  }

  account(): Account {
    const baseUrl = this.baseUrl();
    const project = this.text('project');
    const models = this.models();
    return {
      email: this.email(),
      provider: this.provider(),
      apiKey: this.apiKey(),
      ...(project === undefined ? {} : { project }),
      maxConcurrency: this.integer('maxConcurrency', 1, 10_000) ?? DEFAULT_CONCURRENCY,
      priority: this.integer('priority', -1_000_000, 1_000_000) ?? 1,
      ...(models === undefined ? {} : { models }),
      enabled: this.enabled(),
      ...(baseUrl === undefined ? {} : { baseUrl }),
    };
  }

  private email(): string {
    const email = this.text('email');
    if (email === undefined) {
      this.report('email is missing');
      return '';
    }
    // Several are joined by ", " in one header, so a label holds neither.
    if (!/^[^\s,\p{C}]{1,254}$/u.test(email)) {
      this.report('email must be 1 to 254 printable characters without spaces or commas');
      return '';
    }
    return email;
  }

  private provider(): 'gemini' {
    const provider = this.text('provider');
    if (provider === undefined) {
      this.report('provider is missing');
    } else if (provider !== 'gemini') {
      this.report(`provider "${provider}" is not known; gemini is`);
    }
    return 'gemini';
  }

  private apiKey(): string {
    const direct = this.text('apiKey');
    const path = this.text('apiKeyFile');
    if (direct !== undefined && path !== undefined) {
      this.report('apiKey and apiKeyFile are both set: keep one');
    }
    const key = direct ?? (path === undefined ? undefined : this.keyFrom(path));
    if (key === undefined && path === undefined) {
      this.report('apiKey or apiKeyFile is missing');
    }
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
      this.report('the API key holds characters that no API key has');
    }
    return key ?? '';
  }

  private keyFrom(path: string): string | undefined {
    try {
      const key = this.readFile(path).trim();
      if (key !== '') {
        return key;
      }
      this.report(`apiKeyFile is empty: ${path}`);
    } catch {
      this.report(`apiKeyFile cannot be read: ${path}`);
    }
    return undefined;
  }

  private models(): readonly string[] | undefined {
    const models = this.entry['models'];
    if (models === undefined || models === null) {
      return undefined;
    }
    if (
      Array.isArray(models) &&
      models.length > 0 &&
      models.every((model): model is string => typeof model === 'string' && model !== '')
    ) {
      return models;
    }
    this.report('models must be a list of model names; leave it out to allow all');
    return undefined;
  }

  private enabled(): boolean {
    const enabled = this.entry['enabled'] ?? true;
    if (typeof enabled !== 'boolean') {
      this.report('enabled must be true or false');
    }
    return enabled !== false;
  }

  private baseUrl(): string | undefined {
    const url = this.text('baseUrl');
    const isHttp = url !== undefined && URL.canParse(url) && /^https?:\/\//i.test(url);
    if (url !== undefined && !isHttp) {
      this.report('baseUrl must be an http or https URL');
    }
    return url;
  }

  private integer(name: string, min: number, max: number): number | undefined {
    const value = this.entry[name];
    if (value === undefined || value === null) {
      return undefined;
    }
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    this.report(`${name} must be an integer from ${min} to ${max}`);
    return undefined;
  }

  private text(name: string): string | undefined {
    const value = this.entry[name];
    if (value === undefined || value === null) {
      return undefined;
    }
    // YAML reads an unquoted project number as a number; its digits are what was meant.
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text.trim() !== '') {
      return text.trim();
    }
    this.report(`${name} must be a text that is not empty`);
    return undefined;
  }
}
