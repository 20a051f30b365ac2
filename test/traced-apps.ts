import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { MAIN } from './easel-process';
import { NO_LEDGER } from './no-ledger';
import { POISONED_SLABS } from './poisoned-slabs';
import { UNCHECKED_ACCOUNTS } from './unchecked-accounts';

/**
 * Applications of Easel, one at a time, in one process of their own: each after the first takes a tenth of the CPU of
 * a new process. Jest's own process would not do, since OpenTelemetry's exporter imports what Jest cannot.
 */
export interface TracedApps {
  /** @returns where it listens */
  start(env: Readonly<Record<string, string>>): Promise<string>;
  /** Stops the one that runs, and waits until its spans are sent. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Spans leave at once. */
const HASTE = { OTEL_BSP_SCHEDULE_DELAY: '20' };

interface Reply {
  readonly url?: string;
  readonly fault?: string;
}

/** @param upstream where their only account is */
export function forkTracedApps(upstream: string): TracedApps {
  const child = fork(require.resolve('./traced-apps-process.cjs'), [dirname(MAIN)], {
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'exit');
  let isRunning = false;

  async function obey(order: Readonly<Record<string, unknown>>): Promise<Reply> {
    const replied = once(child, 'message') as Promise<[Reply]>;
    child.send(order);
    const ended = exit.then((): [Reply] => [{ fault: errors }]);
    const [reply] = await Promise.race([replied, ended]);
    if (reply.fault !== undefined) {
      throw new Error(reply.fault);
    }
    return reply;
  }

  async function stop(): Promise<void> {
    if (isRunning) {
      isRunning = false;
      await obey({ order: 'stop' });
    }
  }

  return {
    start: async (env) => {
      await stop();
      const account = {
        email: 'studio@example.com',
        provider: 'gemini',
        apiKey: 'key-of-studio',
        baseUrl: upstream,
        maxConcurrency: 4,
        priority: 1,
        enabled: true,
      };
      const { url = '' } = await obey({
        order: 'start',
        accounts: [account],
        env: { ...POISONED_SLABS, ...UNCHECKED_ACCOUNTS, ...NO_LEDGER, ...HASTE, ...env },
      });
      isRunning = true;
      return url;
    },
    stop,
    close: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
