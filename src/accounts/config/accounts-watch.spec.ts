import { EventEmitter, on } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PollingFileWatch } from '../../watched-file/polling-file-watch';
import { AccountPoolService } from '../account-pool.service';
import type { Snapshot } from '../../config-file/snapshot';
import { SnapshotWatch } from '../../config-file/snapshot-watch';
import type { Account } from '../account';
import { loadAccounts } from './load-accounts';

/** A file that two looks in a row have seen is then older than what counts as just written. */
const CHECK_INTERVAL_MS = 150;

/** The watch of production, but on this thread: workers cannot run the sources. */
describe('the watch of the accounts', () => {
  let folder: string;
  let file: string;
  let pool: AccountPoolService;
  let watch: SnapshotWatch<Account>;
  let lines: AsyncIterableIterator<[string]>;
  let loads: number;
  /** How often accounts were put in force. */
  let applied: number;

  const yaml = (...emails: readonly string[]): string =>
    `accounts:\n${emails.map((email) => `  - {email: ${email}, provider: gemini, apiKey: k}\n`).join('')}`;
  const emails = (): readonly string[] => pool.list().map(({ account }) => account.email);
  const nextLine = async (): Promise<string> => ((await lines.next()).value as [string])[0];
  /** Until another watch has seen two changes: so long that the watch would have loaded once more. */
  const moreLooks = async (): Promise<void> => {
    const other = new PollingFileWatch(CHECK_INTERVAL_MS);
    for (let round = 0; round < 2; round += 1) {
      await other.untilChanged(new Map([[folder, 'something else']]));
    }
  };

  /** @param beforeLoaded what happens while the accounts are loaded, between reading and handing over */
  function begin(path: string, beforeLoaded: (load: number) => void = () => undefined): void {
    const sources = { file: path, geminiApiKeys: [] };
    const inForce = loadAccounts(sources);
    pool = new AccountPoolService(inForce.entries, {
      scheduling: 'balanced',
      maxInflightImages: 9,
      maxWaitingImages: 9,
    });
    const events = new EventEmitter();
    lines = on(events, 'line') as AsyncIterableIterator<[string]>;
    loads = 0;
    applied = 0;
    const load = (): Promise<Snapshot<Account>> => {
      loads += 1;
      const snapshot = loadAccounts(sources);
      beforeLoaded(loads);
      return Promise.resolve(snapshot);
    };
    watch = new SnapshotWatch({
      subject: 'accounts',
      inForce,
      load,
      fileWatch: new PollingFileWatch(CHECK_INTERVAL_MS),
      apply: (accounts) => {
        pool.reload(accounts);
        applied += 1;
      },
      log: {
        log: (text) => events.emit('line', text),
        error: (text) => events.emit('line', `error: ${text}`),
      },
    });
    watch.start();
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    file = join(folder, 'accounts.yaml');
    writeFileSync(file, yaml('a@x.org'));
  });
  afterEach(() => {
    watch.stop();
    rmSync(folder, { recursive: true });
  });

  it('applies a change and logs it once', async () => {
    begin(file);
    writeFileSync(file, yaml('a@x.org', 'b@x.org'));
    expect(await nextLine()).toBe('accounts reloaded: 2');
    expect(emails()).toEqual(['a@x.org', 'b@x.org']);
    writeFileSync(file, yaml('c@x.org'));
    // The next line is about the next change.
    expect(await nextLine()).toBe('accounts reloaded: 1');
    expect(emails()).toEqual(['c@x.org']);
    expect(applied).toBe(2);
  });

  it('loads again when files change, several times, while it loads', async () => {
    begin(file, (load) => {
      if (load === 1) {
        writeFileSync(file, yaml('c@x.org', 'd@x.org'));
        writeFileSync(file, 'accounts: [');
        writeFileSync(file, yaml('e@x.org', 'f@x.org', 'g@x.org'));
      }
    });
    writeFileSync(file, yaml('b@x.org'));
    expect(await nextLine()).toBe('accounts reloaded: 1');
    expect(emails()).toEqual(['b@x.org']);
    expect(await nextLine()).toBe('accounts reloaded: 3');
    expect(emails()).toEqual(['e@x.org', 'f@x.org', 'g@x.org']);
    expect(loads).toBe(2);
  });

  it('keeps the former accounts if the file is broken, logs it once, and loads a repaired one', async () => {
    begin(file);
    writeFileSync(file, 'accounts: [');
    expect(await nextLine()).toMatch(
      /^error: accounts reload refused, the previous accounts stay in use\. .*not valid YAML/s,
    );
    expect(emails()).toEqual(['a@x.org']);
    await moreLooks();
    expect([loads, applied]).toEqual([1, 0]);
    writeFileSync(file, yaml('b@x.org'));
    expect(await nextLine()).toBe('accounts reloaded: 1');
    expect(emails()).toEqual(['b@x.org']);
  });

  it.each<[string, () => void]>([
    [
      'is gone',
      () => {
        unlinkSync(file);
      },
    ],
    [
      'has become a folder',
      () => {
        unlinkSync(file);
        mkdirSync(file);
      },
    ],
    [
      'has become a link to itself',
      () => {
        unlinkSync(file);
        symlinkSync('accounts.yaml', file);
      },
    ],
  ])(
    'keeps the former accounts where the file %s, and takes it when it is back',
    async (_name, lose) => {
      begin(file);
      lose();
      expect(await nextLine()).toMatch(/^error: .*ACCOUNTS_FILE cannot be read/s);
      expect(emails()).toEqual(['a@x.org']);
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, yaml('b@x.org'));
      expect(await nextLine()).toBe('accounts reloaded: 1');
    },
  );

  it('retries only with the next change if loading fails completely', async () => {
    begin(file, (load) => {
      if (load === 1) {
        throw new Error('the thread has ended without a result');
      }
    });
    writeFileSync(file, yaml('b@x.org'));
    expect(await nextLine()).toBe(
      'error: accounts reload refused, the previous accounts stay in use. They cannot be read.',
    );
    expect(emails()).toEqual(['a@x.org']);
    await moreLooks();
    expect(loads).toBe(1);
    writeFileSync(file, yaml('c@x.org'));
    expect(await nextLine()).toBe('accounts reloaded: 1');
    expect(emails()).toEqual(['c@x.org']);
    expect(loads).toBe(2);
  });

  it('follows a symbolic link that is swapped, as Kubernetes does', async () => {
    for (const [version, email] of [
      ['v1', 'a@x.org'],
      ['v2', 'b@x.org'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'accounts.yaml'), yaml(email));
    }
    symlinkSync('v1', join(folder, '..data'));
    const link = join(folder, 'link.yaml');
    symlinkSync('..data/accounts.yaml', link);
    begin(link);
    symlinkSync('v2', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    expect(await nextLine()).toBe('accounts reloaded: 1');
    expect(emails()).toEqual(['b@x.org']);
  });

  it('watches the files that the accounts name now, and no longer those that they named', async () => {
    const [old, other] = ['old', 'other'].map((name) => join(folder, name));
    const withKeyIn = (key = ''): string =>
      `accounts: [{email: a@x.org, provider: gemini, apiKeyFile: ${key}}]`;
    const key = (): unknown =>
      pool.list().map(({ account }) => 'apiKey' in account && account.apiKey);
    writeFileSync(old ?? '', 'k1');
    writeFileSync(other ?? '', 'k2');
    writeFileSync(file, withKeyIn(old));
    begin(file);
    writeFileSync(file, withKeyIn(other));
    await nextLine();
    expect(key()).toEqual(['k2']);
    const before = loads;
    writeFileSync(old ?? '', 'k3');
    await moreLooks();
    expect(loads).toBe(before);
    writeFileSync(other ?? '', 'k4');
    await nextLine();
    expect(key()).toEqual(['k4']);
    expect(loads).toBe(before + 1);
  });
});
