import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

const NGINX = [
  process.env['NGINX_PATH'],
  '/usr/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/bin/nginx',
  '/opt/homebrew/bin/nginx',
].find((path) => path !== undefined && existsSync(path));

/** From the project's folder, where npm and Jest run: `npm run chaos` compiles this file to somewhere else. */
const SHIPPED = resolve('deploy/nginx.conf');

/** Whether this machine has an nginx. */
export const HAS_NGINX = NGINX !== undefined;

/** nginx with the configuration that ships, in front of the servers given. */
export interface RunningNginx {
  readonly url: string;
  /** Its log of requests, parsed. */
  requests(): readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** @param upstreams `host:port` of each server behind it */
export async function startNginx(upstreams: readonly string[]): Promise<RunningNginx> {
  if (NGINX === undefined) {
    throw new Error('there is no nginx on this machine');
  }
  const folder = mkdtempSync(join(tmpdir(), 'easel-nginx-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const healthPort = await freePort();
  writeFileSync(file, localConfig({ folder, port, healthPort, upstreams }));
  // nginx opens /dev/stdout anew, which cannot be done with the sockets that Node makes of pipes.
  const log = openSync(join(folder, 'log'), 'a');
  // If root starts nginx, its workers run as a user who may not enter the folder.
  const user = process.getuid?.() === 0 ? ' user root;' : '';
  const child = spawn(NGINX, ['-p', folder, '-c', file, '-g', `daemon off;${user}`], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exit = once(child, 'exit');
  const output = () => readFileSync(join(folder, 'log'), 'utf8');
  // Its own health check: a request to the other port would reach the servers behind it.
  while (!(await accepts(`http://127.0.0.1:${healthPort}`))) {
    if (child.exitCode !== null) {
      throw new Error(output());
    }
    await sleep(20);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () =>
      output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    close: async () => {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly healthPort: number;
  readonly upstreams: readonly string[];
}

/** The file as it ships but for where things are: ports, folders, and servers instead of Docker's name. */
function localConfig({ folder, port, healthPort, upstreams }: Place): string {
  const shipped = readFileSync(SHIPPED, 'utf8');
  const replaced = (text: string, what: string | RegExp, by: string) => {
    if (text.replace(what, by) === text) {
      throw new Error(`deploy/nginx.conf has no ${String(what)}`);
    }
    return text.replaceAll(what, by);
  };
  const server = /^ *server easel:8045 resolve (.*);$/gm;
  const servers = upstreams.map((address) => `server ${address} $1;`).join('\n');
  return [
    [/\/tmp\//g, `${folder}/`],
    ['listen 8045;', `listen 127.0.0.1:${port};`],
    ['listen 127.0.0.1:8081;', `listen 127.0.0.1:${healthPort};`],
    [server, servers],
  ].reduce((text, [what, by]) => replaced(text, what as string | RegExp, by as string), shipped);
}

async function accepts(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
