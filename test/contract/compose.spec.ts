import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Env } from '../../src/config/env';
import { isEaselVariable } from '../easel-variables';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly networks?: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<'easel' | 'proxy' | 'redis', Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile;
const { easel, proxy, redis } = compose.services;
const services = Object.entries(compose.services);
const nginx = read('deploy/nginx.conf');

/** The value of a directive of nginx.conf that stands there once. */
const directive = (name: string) => new RegExp(`^ *${name} (.+);$`, 'm').exec(nginx)?.[1] ?? '';
const seconds = (time = '') => Number(/^(\d+)s$/.exec(time)?.[1] ?? Number.NaN);

describe('docker-compose.yml', () => {
  it('publishes one port, on this machine alone, which any number of replicas can stand behind', () => {
    const port = directive('listen');
    expect(proxy.ports).toEqual([`\${EASEL_BIND:-127.0.0.1}:\${EASEL_PORT:-8045}:${port}`]);
    expect(easel.ports).toBeUndefined();
    expect(redis.ports).toBeUndefined();
  });

  it('starts Redis, and shares state, only where that is asked for', () => {
    const startedAlways = services.filter(([, { profiles }]) => profiles === undefined);
    expect(startedAlways.map(([name]) => name)).toEqual(['easel', 'proxy']);
    expect(redis.profiles).toEqual(['scale']);
    expect(easel.environment).not.toHaveProperty('REDIS_URL');
  });

  it.each([
    ['no Redis', {}, false, ''],
    ['a Redis beside it', {}, true, 'redis://redis:6379'],
    ['a Redis of the operator’s own', { REDIS_URL: 'redis://own' }, true, 'redis://own'],
    ['an address in a file', { REDIS_URL_FILE: '/run/secrets/redis' }, true, ''],
  ])('gives Easel the right REDIS_URL with %s', (_name, environment, isThere, expected) => {
    const [shell = '', option = '', script = ''] = easel.command ?? [];
    // Docker Compose makes one dollar sign of two.
    const command = script
      .replaceAll('$$', '$')
      .replace('getent hosts redis', isThere ? 'true' : 'false')
      .replace('exec node dist/main.js', 'printf %s "$REDIS_URL"');
    expect(spawnSync(shell, [option, command], { env: environment, encoding: 'utf8' }).stdout).toBe(
      expected,
    );
  });

  it('sets no variable that Easel does not know', () => {
    const accounts = parse(read('docker-compose.accounts.yml')) as ComposeFile;
    const names = [easel, accounts.services.easel].flatMap((service) =>
      Object.keys(service.environment ?? {}),
    );
    expect(names.filter((name) => !isEaselVariable(name))).toEqual([]);
  });

  it.each(services)('%s may write nothing and do nothing special', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it.each(services)('%s has an image of its own making or of a given version', (_name, service) => {
    expect(service.build ?? service.image).toMatch(/^\.$|:\d+(\.\d+)?-alpine/);
  });

  it('keeps Redis where only the replicas are, and never lets it forget places', () => {
    expect(redis.networks).toEqual(['pool']);
    expect(compose.networks['pool']).toEqual({ internal: true });
    expect(proxy.networks).toBeUndefined();
    expect(easel.networks).toContain('pool');
    expect(redis.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });

  it('gives images time to be finished and sent, before it stops what makes or carries them', () => {
    for (const { stop_grace_period } of [easel, proxy]) {
      const minutes = Number(/^(\d+)m$/.exec(stop_grace_period ?? '')?.[1]);
      expect(minutes * 60_000).toBeGreaterThanOrEqual(new Env().REQUEST_DEADLINE_MS + 60_000);
    }
  });
});

describe('deploy/nginx.conf', () => {
  it.each(['proxy_read_timeout', 'proxy_send_timeout', 'send_timeout'])(
    'waits longer than a request may take: %s',
    (name) => {
      expect(seconds(directive(name)) * 1000).toBeGreaterThanOrEqual(
        new Env().REQUEST_DEADLINE_MS + 60_000,
      );
    },
  );

  it('names the service and the port of Docker Compose', () => {
    expect(directive('server')).toBe(`easel:${easel.environment?.['PORT']} resolve max_fails=0`);
  });

  it('gives up idle connections before Easel does', () => {
    const ours = /^const KEEP_ALIVE_MS = ([\d_]+);$/m.exec(read('src/configure-app.ts'))?.[1];
    const upstream = /^ *keepalive 64;[^}]*?^ *keepalive_timeout (\d+)s;$/ms.exec(nginx)?.[1];
    expect(Number(upstream) * 1000).toBeLessThan(Number(ours?.replaceAll('_', '')));
  });
});

const docker = (...options: readonly string[]) =>
  spawnSync('docker', ['compose', ...options], { cwd: ROOT, encoding: 'utf8' });
const HAS_COMPOSE = docker('version').status === 0;
if (!HAS_COMPOSE) {
  process.stderr.write(
    'SKIPPED: reading docker-compose.yml with Docker Compose, which is not here\n',
  );
}

// The file is checked above without it; few machines that run the tests have Docker.
(HAS_COMPOSE ? describe : describe.skip)('Docker Compose', () => {
  const FILE = ['--env-file', '/dev/null', '-f', 'docker-compose.yml'];

  it.each([
    ['one Easel and its door', [], ['easel', 'proxy']],
    ['Redis with them', ['--profile', 'scale'], ['easel', 'proxy', 'redis']],
  ])('starts %s', (_name, profile, expected) => {
    const { stdout, stderr } = docker(...FILE, ...profile, 'config', '--services');
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(expected);
  });
});
