import { fork, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) {
    child.kill('SIGKILL');
  }
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(130));
}

function remember(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The message of a benchmark process once it listens. */
export interface Ready {
  readonly ready: true;
  readonly port: number;
  readonly digests: Readonly<Record<string, string>>;
}

export function tellReady(
  address: AddressInfo | string | null,
  digests: Readonly<Record<string, string>> = {},
): void {
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const message: Ready = { ready: true, port, digests };
  process.send?.(message);
}

/** Starts a file of the benchmark as a child process, with a channel for messages. */
export function forkProcess(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  return remember(
    fork(join(__dirname, file), args, {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      serialization: 'advanced',
    }),
  );
}

/** The first message of a process, sent once it listens. */
export async function readiness(child: ChildProcess): Promise<Ready> {
  const exited = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnfile} ended before it was ready`);
  });
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [Ready];
  return message;
}

/** Starts a program whose output is discarded. */
export function startQuietly(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const nowhere = openSync('/dev/null', 'w');
  const child = spawn(program, args, { stdio: ['ignore', nowhere, nowhere], ...options });
  closeSync(nowhere);
  child.once('error', () => undefined);
  return remember(child);
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
    return;
  }
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exit;
  clearTimeout(timer);
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until the URL responds in any way. */
export async function untilReachable(
  url: string,
  child: ChildProcess,
  withinMs: number,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await responses(url))) {
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? 'a signal'}`);
    }
    if (Date.now() > end) {
      throw new Error(`${child.spawnfile} did not respond within ${withinMs / 1000} s`);
    }
    await sleep(20);
  }
}

async function responses(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
