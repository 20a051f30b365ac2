import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type EaselProcess } from './easel-process';

/** An Easel process with accounts in a file, as an operator runs one. */
export interface TracedEasel {
  readonly url: string;
  readonly process: EaselProcess;
  /** The lines of its log, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Ends it as a container does. @returns its exit code */
  stop(): Promise<number | null>;
}

export interface TracedOptions {
  /** As the accounts file has them. */
  readonly accounts: readonly object[];
  readonly env: Readonly<Record<string, string>>;
  /** A module that runs first. */
  readonly preload?: string;
}

/** Spans leave at once. */
const HASTE = { OTEL_BSP_SCHEDULE_DELAY: '20' };

export async function startTracedEasel({
  accounts,
  env,
  preload,
}: TracedOptions): Promise<TracedEasel> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-'));
  const file = join(folder, 'accounts.json');
  writeFileSync(file, JSON.stringify({ accounts }));
  const started = startProcess(
    { ACCOUNTS_FILE: file, PROXY_AUTH_MODE: 'off', LOG_LEVEL: 'info', ...HASTE, ...env },
    preload,
  );
  const url = await started.url();
  return {
    url,
    process: started,
    log: () =>
      started
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        ...(body instanceof FormData
          ? { headers, body }
          : {
              headers: { 'content-type': 'application/json', ...headers },
              body: JSON.stringify(body),
            }),
      }),
    stop: async () => {
      started.child.kill('SIGTERM');
      const code = await started.exit;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** An account on a server of the test's. */
export function accountAt(baseUrl: string, email: string, rest: object = {}): object {
  return {
    email,
    provider: 'gemini',
    apiKey: `key-of-${email}`,
    baseUrl,
    maxConcurrency: 4,
    ...rest,
  };
}
