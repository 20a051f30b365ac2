import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_LEDGER } from './no-ledger';
import { POISONED_SLABS } from './poisoned-slabs';
import { UNCHECKED_ACCOUNTS } from './unchecked-accounts';

/** The test build's, to which Jest maps the sources. */
export const MAIN = require.resolve('../src/main');

/** On a free port, with poisoned slabs, and without anything that reaches beyond the test. */
export const TEST_ENVIRONMENT = {
  PORT: '0',
  EMULATOR_DRAWING: 'plain',
  ...POISONED_SLABS,
  ...UNCHECKED_ACCOUNTS,
  ...NO_LEDGER,
  WARM_UP: 'off',
} as const;

/** Easel as an operator starts it: `node dist/main.js`, of the test build. */
export interface EaselProcess {
  readonly child: ChildProcess;
  /** All that has arrived of what it has written: the end may be on its way until `exit`. */
  output(): string;
  /** Its exit code, once it has ended and all its output has arrived. */
  readonly exit: Promise<number | null>;
  /** Where it listens, once it does; rejects with what it wrote if it ends before. */
  url(): Promise<string>;
}

/**
 * Starts it with `TEST_ENVIRONMENT` and this, and nothing else.
 *
 * @param preload a module that runs in it first, and may be sent messages
 */
export function startProcess(
  env: Readonly<Record<string, string>>,
  preload?: string,
): EaselProcess {
  const child = spawn(
    process.execPath,
    [...(preload === undefined ? [] : ['--require', preload]), MAIN],
    {
      env: { ...TEST_ENVIRONMENT, ...env },
      stdio: ['pipe', 'pipe', 'pipe', ...(preload === undefined ? [] : ['ipc' as const])],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    exit,
    output: () => output,
    url: async () => {
      for (;;) {
        const url = /listens on (http:\/\/[^\s,]+)/.exec(output)?.[1];
        if (url !== undefined) {
          return url;
        }
        if (child.exitCode !== null || child.signalCode !== null) {
          await exit;
          throw new Error(output);
        }
        await sleep(20);
      }
    },
  };
}

export function generateAt(url: string, body: object = { prompt: 'x' }): Promise<Response> {
  return fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
