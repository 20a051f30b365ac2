/** Where the ledger is stored. */
type LedgerLocation =
  | { readonly kind: 'off' }
  /** A file in this folder. */
  | { readonly kind: 'sqlite'; readonly folder: string }
  /** The URL contains a password: never print it. */
  | { readonly kind: 'postgres'; readonly url: string };

export interface LedgerSettings {
  readonly database: LedgerLocation;
  readonly retentionDays: number;
}

/** Where the ledger is stored, and whether other replicas share it. */
export interface SharedLedger {
  readonly database: LedgerLocation;
  readonly isShared: boolean;
}

interface Variables {
  readonly DATABASE_URL?: string | undefined;
  readonly DATA_DIR: string;
  readonly LEDGER_RETENTION_DAYS: number;
}

/** @param faults receives the faults, by variable name */
export function readLedgerSettings(env: Variables, faults: string[]): LedgerSettings {
  return { database: readLocation(env, faults), retentionDays: env.LEDGER_RETENTION_DAYS };
}

function readLocation(
  { DATABASE_URL: text, DATA_DIR }: Variables,
  faults: string[],
): LedgerLocation {
  if (text === undefined) {
    return { kind: 'sqlite', folder: DATA_DIR };
  }
  if (text.toLowerCase() === 'off') {
    return { kind: 'off' };
  }
  if (!isPostgresUrl(text)) {
    faults.push(
      'DATABASE_URL must be like postgres://user:password@host:5432/easel, or off; characters such as ' +
        '# % / @ in a password must be percent-encoded. Without it, the ledger is a file in DATA_DIR',
    );
  }
  return { kind: 'postgres', url: text };
}

function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//i.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { username, password, hash } = new URL(text);
  try {
    decodeURIComponent(username + password);
    return hash === '';
  } catch {
    return false;
  }
}
