import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

const PROGRAM = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Whether this machine has one. */
export const HAS_REDIS = PROGRAM !== undefined;

const isRequired = process.env['EASEL_REQUIRE_REDIS'] === '1';

/**
 * Tests that need a real Redis. A machine without one can still run all others, and is told so; CI
 * may not take this way out.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  if (PROGRAM !== undefined || isRequired) {
    describe(name, tests);
  } else {
    // Jest drops the console of a file whose tests are all skipped.
    process.stderr.write(`SKIPPED: "${name}" needs redis-server or valkey-server\n`);
    describe.skip(name, tests);
  }
}

/** A Redis server of one's own, on a port that stays the same over restarts; it keeps nothing on disk. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (PROGRAM === undefined) {
      throw new Error('EASEL_REQUIRE_REDIS is set, but there is no redis-server');
    }
    const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.process = spawn(PROGRAM, ['--port', String(this.port), ...options], { stdio: 'ignore' });
    while ((await this.command('PING').catch(() => '')) !== '+PONG') {
      await sleep(20);
    }
  }

  /** At once, as a power cut would. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (process !== undefined && process.exitCode === null) {
      process.kill('SIGKILL');
      await once(process, 'exit');
    }
  }

  /** Still there, and accepting connections, but silent. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /** The raw reply to one command, without the line end. */
  command(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1');
      let response = '';
      socket.setTimeout(1000, () => socket.destroy(new Error('no response')));
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        response += chunk.toString();
      });
      socket.on('end', () => {
        resolve(response.slice(0, response.lastIndexOf('+OK')).trim());
      });
      const sent = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
      socket.write(`*${words.length}\r\n${sent}*1\r\n$4\r\nQUIT\r\n`);
    });
  }
}
