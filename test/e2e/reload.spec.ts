import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { until } from '../until';

/** Other accounts put in force, in each way in which that is done, while images are being made. */
describe('the accounts file, changed under load', () => {
  let emulator: Emulator;
  let easel: EaselProcess;
  let folder: string;
  let url: string;
  let statuses: number[];
  let traffic: Promise<unknown>;
  let isOver: boolean;

  const version = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'accounts.yaml'), text);
  };
  const yaml = (email: string): string =>
    `accounts:\n  - {email: ${email}, provider: gemini, apiKey: key-of-${email}, ` +
    `baseUrl: "${emulator.url}", maxConcurrency: 3}\n`;
  /** Replaces the link in one step, as Kubernetes does. */
  const swap = (to: string): void => {
    symlinkSync(to, join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
  };

  beforeEach(async () => {
    emulator = await startEmulator({ drawing: 'plain' });
    emulator.injectFault({ kind: 'latency', ms: 400 });
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    version('v1', yaml('one@test'));
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/accounts.yaml', join(folder, 'accounts.yaml'));
    easel = startProcess({ ACCOUNTS_FILE: join(folder, 'accounts.yaml') });
    url = await easel.url();
    statuses = [];
    isOver = false;
    traffic = Promise.all(
      [1, 2, 3, 4].map(async () => {
        while (!isOver) {
          const response = await generateAt(url);
          statuses.push(response.status);
          await response.arrayBuffer();
        }
      }),
    );
  });
  afterEach(async () => {
    isOver = true;
    await traffic;
    easel.child.kill('SIGKILL');
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  /** Resolves when images come from that account. */
  async function madeBy(email: string): Promise<void> {
    await until(async () => {
      const response = await generateAt(url);
      await response.arrayBuffer();
      return response.headers.get('x-account-email') === email;
    });
  }

  it('is in force after each, or refused, and no request fails for it', async () => {
    await madeBy('one@test');
    // Written in place.
    writeFileSync(join(folder, 'v1/accounts.yaml'), yaml('two@test'));
    await madeBy('two@test');
    // Renamed over.
    writeFileSync(join(folder, 'new'), yaml('three@test'));
    renameSync(join(folder, 'new'), join(folder, 'v1/accounts.yaml'));
    await madeBy('three@test');
    // Broken: the former stay.
    writeFileSync(join(folder, 'v1/accounts.yaml'), 'accounts: [');
    await until(() => easel.output().includes('accounts reload refused'));
    await madeBy('three@test');
    // A link swapped.
    version('v2', yaml('four@test'));
    swap('v2');
    await madeBy('four@test');

    isOver = true;
    await traffic;
    expect(statuses.length).toBeGreaterThan(10);
    expect(new Set(statuses)).toEqual(new Set([200]));
    for (const name of ['one', 'two', 'three', 'four']) {
      expect(emulator.maxInFlight(`key-of-${name}@test`)).toBeLessThanOrEqual(3);
    }
    // The running calls of a removed account finished, and were paid once.
    const made = emulator.requests.filter(({ status }) => status === 200).length;
    expect(emulator.requests).toHaveLength(made);
  });
});
