import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant, RunningContestant } from './contestant';

/** A contestant in Node that accepts arguments for Node and an environment. */
export type Instrumented = (
  nodeArguments: readonly string[],
  env: Readonly<Record<string, string>>,
) => Contestant;

/** The measurements of a process since the last query. */
export interface Glimpse {
  /** How late timers were, in milliseconds. */
  readonly lateMaxMs: number;
  readonly lateP99Ms: number;
  /** The CPU time of each turn of the event loop, in milliseconds. */
  readonly heldMs: readonly number[];
  /** Memory in use after a collection, in bytes: the heap and what it refers to. */
  readonly inUseBytes: number;
}

/** A running contestant that can be instrumented. */
export class Watched {
  private constructor(
    readonly running: RunningContestant,
    private readonly folder: string,
  ) {}

  static async start(make: Instrumented, upstreamUrl: string): Promise<Watched> {
    const folder = mkdtempSync(join(tmpdir(), 'easel-bench-watch-'));
    const contestant = make(['--require', join(__dirname, 'watch.preload.js')], {
      BENCH_WATCH_FILE: join(folder, 'seen.json'),
    });
    return new Watched(await contestant.start(upstreamUrl), folder);
  }

  async look(): Promise<Glimpse> {
    const [pid] = this.running.pids;
    if (pid === undefined) {
      throw new Error('there is no process to look into');
    }
    const file = join(this.folder, 'seen.json');
    rmSync(file, { force: true });
    process.kill(pid, 'SIGWINCH');
    for (;;) {
      await sleep(20);
      if (existsSync(file)) {
        const text = readFileSync(file, 'utf8');
        if (text.endsWith('}')) {
          return JSON.parse(text) as Glimpse;
        }
      }
    }
  }

  async stop(): Promise<void> {
    await this.running.stop();
    rmSync(this.folder, { recursive: true });
  }
}
