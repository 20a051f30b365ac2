import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interpreter } from './sdk-program';

interface Reply {
  readonly code: number;
  readonly printed: string;
}

/** Plays scripts, one at a time, each in a process of its own that has some modules loaded already. */
export interface ForkingPython {
  /** What a script prints; rejects with it if the script fails. */
  printedBy(script: string, args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** To load the modules for each script anew takes a second of CPU, and to fork takes almost nothing. */
export function startForkingPython(
  { program, env }: Interpreter,
  modules: readonly string[],
): ForkingPython {
  const server = spawn(program, [join(__dirname, 'forking-python.py'), ...modules], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exit = once(server, 'exit');
  const replies = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  return {
    printedBy: async (script, args) => {
      server.stdin.write(`${JSON.stringify([script, ...args])}\n`);
      const next = await replies.next();
      if (next.done === true) {
        throw new Error(`${program} has ended`);
      }
      const { code, printed } = JSON.parse(next.value) as Reply;
      if (code !== 0) {
        throw new Error(printed);
      }
      return printed;
    },
    close: async () => {
      server.kill();
      await exit;
    },
  };
}
