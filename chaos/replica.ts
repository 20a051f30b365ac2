import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The resources that a process holds. */
export interface Holdings {
  readonly files: number;
  readonly sockets: number;
  readonly timers: number;
  readonly residentBytes: number;
}

/** The value of each metric, by name with labels. */
export type Scrape = ReadonlyMap<string, number>;

/** One Easel on its own port, which can be killed and restarted. */
export class Replica {
  private child: ChildProcess | undefined;
  private isExpectedToEnd = false;
  /** How often it has ended without having been killed. */
  crashes = 0;
  /** How often it was started. */
  starts = 0;

  /**
   * @param main the program
   * @param log the file that its log is appended to
   */
  constructor(
    private readonly main: string,
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
    readonly log: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const log = openSync(this.log, 'a');
    const child = spawn(process.execPath, [this.main], {
      env: { ...this.env, PORT: String(this.port) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    this.isExpectedToEnd = false;
    this.starts += 1;
    child.once('exit', () => {
      this.crashes += this.isExpectedToEnd ? 0 : 1;
    });
    while (!(await isUp(this.url))) {
      if (child.exitCode !== null) {
        throw new Error(`Easel does not start: ${readFileSync(this.log, 'utf8').slice(-2000)}`);
      }
      await sleep(20);
    }
  }

  /** Immediately, like a power failure. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      this.isExpectedToEnd = true;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
  }

  async scrape(key: string): Promise<Scrape> {
    const headers = { authorization: `Bearer ${key}` };
    const signal = AbortSignal.timeout(5000);
    const response = await fetch(`${this.url}/metrics`, { headers, signal });
    const lines = (await response.text()).split('\n').filter((line) => /^\w/.test(line));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }

  async holdings(key: string): Promise<Holdings> {
    const pid = this.child?.pid ?? 0;
    const scrape = await this.scrape(key);
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    const open = links.filter((link) => link !== '');
    const sockets = open.filter((link) => link.startsWith('socket:')).length;
    const [, resident = '0'] =
      /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return {
      files: open.length - sockets,
      sockets,
      timers: scrape.get('nodejs_active_resources{type="Timeout"}') ?? 0,
      residentBytes: Number(resident) * 1024,
    };
  }
}

/** The sum of a metric over all its labels. */
export function sumOf(scrape: Scrape, name: string): number {
  let sum = 0;
  for (const [key, value] of scrape) {
    if (key === name || key.startsWith(`${name}{`)) {
      sum += value;
    }
  }
  return sum;
}

/** A file may be closed between being listed and being read. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

async function isUp(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
