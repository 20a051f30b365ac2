import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emulator } from '../src/emulator/emulator';
import { startProcess, type EaselProcess } from './easel-process';

/** What the consumer `design` of a fleet presents. */
export const DESIGN = { authorization: 'Bearer long-key-of-design' };

/** Easel in processes of their own, with the consumer `design` and accounts that cost money. */
export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'easel-fleet-'));
  readonly running: EaselProcess[] = [];
  /** All that were ever started, those that a test has stopped among them. */
  readonly started: EaselProcess[] = [];

  constructor(readonly emulator: Emulator) {
    writeFileSync(
      join(this.folder, 'accounts.yaml'),
      `accounts: [{email: a@test, provider: gemini, apiKey: key-1, baseUrl: "${emulator.url}", maxConcurrency: 64}]`,
    );
  }

  /** @param rules the rest of the consumer's entry, as YAML */
  limit(rules: string): void {
    writeFileSync(
      join(this.folder, 'consumers.yaml'),
      `consumers: [{name: design, key: long-key-of-design, ${rules}}]`,
    );
  }

  start(env: Record<string, string>): EaselProcess {
    const easel = startProcess({
      ACCOUNTS_FILE: join(this.folder, 'accounts.yaml'),
      CONSUMERS_FILE: join(this.folder, 'consumers.yaml'),
      DATABASE_URL: '',
      DATA_DIR: this.folder,
      ...env,
    });
    this.running.push(easel);
    this.started.push(easel);
    return easel;
  }

  async close(): Promise<void> {
    const ends = this.running.map(({ child, exit }) => {
      child.kill('SIGKILL');
      return exit;
    });
    await Promise.all(ends);
    await this.emulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
