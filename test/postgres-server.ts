import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port';

const run = promisify(execFile);

const isRequired = process.env['EASEL_REQUIRE_POSTGRES'] === '1';

/** Where the programs are: on the PATH, or where Debian puts them. */
const PROGRAMS = ['', ...foldersOfDebian()].find(
  (folder) => spawnSync(join(folder, 'initdb'), ['--version']).status === 0,
);

const INITDB_OPTIONS = ['-A', 'trust', '-U', 'easel', '--no-sync', '-E', 'UTF8', '--locale=C'];

/** Where empty clusters are kept: `initdb` takes most of a second of CPU, and a copy of what it made a sixth of that. */
const CLUSTERS = join(__dirname, '../node_modules/.cache/easel-postgres');

/** A busy machine takes long to accept a connection; one that is refused is refused at once. */
const CONNECT_MS = 30_000;

/** Whether this machine has one. */
export const HAS_POSTGRES = PROGRAMS !== undefined;

function foldersOfDebian(): readonly string[] {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

/** Tests that need a real PostgreSQL. A machine without one can run all others; CI may not take this way out. */
export function describeWithPostgres(name: string, tests: () => void): void {
  if (PROGRAMS !== undefined || isRequired) {
    describe(name, tests);
  } else {
    process.stderr.write(`SKIPPED: "${name}" needs initdb and postgres\n`);
    describe.skip(name, tests);
  }
}

/** PostgreSQL refuses to run as root. */
function owner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function giveToOwner(folder: string): void {
  const user = owner();
  if (user !== undefined) {
    chownSync(folder, user.uid, user.gid);
  }
}

/**
 * The folder of a cluster as this `initdb` makes it. Each checkout makes it once for each user and time zone, which is
 * written into it.
 */
async function emptyCluster(): Promise<string> {
  const initdb = program('initdb');
  const { stdout: version } = await run(initdb, ['--version']);
  const kind = [process.getuid?.(), process.env['TZ'], initdb, version, ...INITDB_OPTIONS];
  const cluster = join(CLUSTERS, hash('sha256', kind.join('\n')).slice(0, 16));
  if (existsSync(cluster)) {
    return cluster;
  }
  mkdirSync(CLUSTERS, { recursive: true });
  const copied = mkdtempSync(join(CLUSTERS, 'making-'));
  // PostgreSQL's user may have no access to the checkout.
  const made = mkdtempSync(join(tmpdir(), 'easel-initdb-'));
  try {
    giveToOwner(made);
    const options = ['-D', join(made, 'data'), ...INITDB_OPTIONS];
    await run(initdb, options, { ...owner(), cwd: made });
    await run('cp', ['-Rp', join(made, 'data'), copied]);
    renameSync(join(copied, 'data'), cluster);
  } catch (error) {
    // Another worker may have been quicker.
    if (!existsSync(cluster)) {
      throw error;
    }
  } finally {
    rmSync(copied, { recursive: true, force: true });
    rmSync(made, { recursive: true, force: true });
  }
  return cluster;
}

/** A PostgreSQL of one's own, on a port that stays the same over restarts. */
export class PostgresServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** @param folder where its data are to be; it is deleted at the end */
  static async start(
    folder = mkdtempSync(join(tmpdir(), 'easel-postgres-')),
  ): Promise<PostgresServer> {
    giveToOwner(folder);
    await run('cp', ['-Rp', await emptyCluster(), join(folder, 'data')]);
    const server = new PostgresServer(await freePort(), folder);
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://easel@127.0.0.1:${this.port}/postgres`;
  }

  /** Whether it runs: a full disk ends it. */
  get isRunning(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  async start(): Promise<void> {
    const { folder, port } = this;
    const options = ['-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off'];
    this.process = spawn(program('postgres'), ['-D', join(folder, 'data'), ...options], {
      ...owner(),
      cwd: folder,
      stdio: 'ignore',
    });
    while (
      !(await this.query('select 1').then(
        () => true,
        () => false,
      ))
    ) {
      if (!this.isRunning) {
        throw new Error(`PostgreSQL does not start. If it never does, delete ${CLUSTERS}.`);
      }
      await sleep(50);
    }
  }

  /** The rows of one statement. */
  async query(text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** At once, with every process that serves a connection. */
  async kill(): Promise<void> {
    const { process: server } = this;
    this.process = undefined;
    if (server?.exitCode === null) {
      const ended = once(server, 'exit');
      // SIGQUIT is PostgreSQL's immediate shutdown: no goodbye to clients, recovery at the next start.
      server.kill('SIGCONT');
      server.kill('SIGQUIT');
      await ended;
    }
  }

  async close(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Still there, and accepting connections, but silent: the server and those that serve connections. */
  freeze(): void {
    this.signalAll('SIGSTOP');
  }

  thaw(): void {
    this.signalAll('SIGCONT');
  }

  private signalAll(signal: NodeJS.Signals): void {
    const pid = this.process?.pid;
    if (pid === undefined) {
      return;
    }
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    for (const one of [pid, ...stdout.split('\n').map(Number)]) {
      if (one > 0) {
        try {
          process.kill(one, signal);
        } catch {
          // It has just ended.
        }
      }
    }
  }
}

function program(name: string): string {
  if (PROGRAMS === undefined) {
    throw new Error('EASEL_REQUIRE_POSTGRES is set, but there is no initdb');
  }
  return join(PROGRAMS, name);
}
