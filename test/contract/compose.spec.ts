import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  readonly mem_limit?: string;
  readonly logging?: object;
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<'easel' | 'proxy' | 'redis' | 'postgres', Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile;
const { easel, proxy, redis, postgres } = compose.services;
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
    expect(postgres.ports).toBeUndefined();
  });

  it('starts Redis and PostgreSQL, and shares state, only where that is asked for', () => {
    const startedAlways = services.filter(([, { profiles }]) => profiles === undefined);
    expect(startedAlways.map(([name]) => name)).toEqual(['easel', 'proxy']);
    expect(redis.profiles).toEqual(['scale']);
    expect(postgres.profiles).toEqual(['scale']);
    expect(easel.environment).not.toHaveProperty('DATABASE_URL');
    expect(easel.environment).not.toHaveProperty('REDIS_URL');
  });

  /** What the service's command leaves in a variable, with these servers beside it. */
  function startedWith(
    name: string,
    environment: Readonly<Record<string, string>>,
    servers: readonly string[],
  ): string {
    const [shell = '', option = '', script = ''] = easel.command ?? [];
    // Docker Compose makes one dollar sign of two.
    const command = script
      .replaceAll('$$', '$')
      .replaceAll(/getent hosts (\w+)/g, (_, server: string) => String(servers.includes(server)))
      .replace('exec node dist/main.js', `printf %s "$${name}"`);
    return spawnSync(shell, [option, command], { env: environment, encoding: 'utf8' }).stdout;
  }

  const BOTH = ['redis', 'postgres'];

  it.each([
    ['REDIS_URL', 'no Redis', {}, [], ''],
    ['REDIS_URL', 'a Redis beside it', {}, BOTH, 'redis://redis:6379'],
    ['REDIS_URL', 'one of the operator’s own', { REDIS_URL: 'redis://own' }, BOTH, 'redis://own'],
    ['REDIS_URL', 'an address in a file', { REDIS_URL_FILE: '/run/secrets/redis' }, BOTH, ''],
    ['DATABASE_URL', 'no PostgreSQL', {}, [], ''],
    ['DATABASE_URL', 'a PostgreSQL beside it', {}, BOTH, 'postgres://easel@postgres:5432/easel'],
    ['DATABASE_URL', 'no ledger', { DATABASE_URL: 'off' }, BOTH, 'off'],
    ['DATABASE_URL', 'an address in a file', { DATABASE_URL_FILE: '/run/secrets/db' }, BOTH, ''],
    ['SHUTDOWN_DELAY_MS', 'nobody to go to', {}, [], ''],
    ['SHUTDOWN_DELAY_MS', 'other replicas', {}, BOTH, '6000'],
    ['SHUTDOWN_DELAY_MS', 'a Redis elsewhere', { REDIS_URL: 'redis://own' }, [], '6000'],
    ['SHUTDOWN_DELAY_MS', 'another delay', { SHUTDOWN_DELAY_MS: '9000' }, BOTH, '9000'],
  ] as [string, string, Record<string, string>, string[], string][])(
    'gives Easel the right %s with %s',
    (name, _case, environment, servers, expected) => {
      expect(startedWith(name, environment, servers)).toBe(expected);
    },
  );

  it('sets no variable that Easel does not know', () => {
    const accounts = parse(read('docker-compose.accounts.yml')) as ComposeFile;
    const names = [easel, accounts.services.easel].flatMap((service) =>
      Object.keys(service.environment ?? {}),
    );
    expect(names.filter((name) => !isEaselVariable(name))).toEqual([]);
  });

  it.each(services)('%s cannot fill the memory or the disk of the machine', (_name, service) => {
    expect(service.mem_limit).toMatch(/^\d+m$/);
    expect(service.logging).toEqual({
      driver: 'local',
      options: { 'max-size': '10m', 'max-file': '5' },
    });
  });

  it('gives Redis twice the memory that it may fill, and PostgreSQL room for its connections', () => {
    const megabytes = (text = '') => Number(/(\d+)mb?/i.exec(text)?.[1]);
    const maxmemory = redis.command?.[redis.command.indexOf('--maxmemory') + 1];
    expect(megabytes(redis.mem_limit)).toBeGreaterThanOrEqual(2 * megabytes(maxmemory));
    const settings = postgres.command?.join(' ') ?? '';
    const [, buffers = '', connections = ''] =
      /shared_buffers=(\d+)MB .*max_connections=(\d+)/.exec(settings) ?? [];
    expect(megabytes(postgres.mem_limit)).toBeGreaterThanOrEqual(
      Number(buffers) + 5 * Number(connections),
    );
  });

  it('keeps what has to outlive a container in volumes', () => {
    expect(easel.volumes).toEqual([`easel-data:${easel.environment?.['DATA_DIR']}`]);
    expect(postgres.volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
    expect(Object.keys(compose.volumes).sort()).toEqual(['easel-data', 'postgres-data']);
    expect(read('Dockerfile')).toMatch(
      /^RUN mkdir \/data && chown node:node \/data\nVOLUME \/data$/m,
    );
  });

  it.each(services)('%s may write nothing and do nothing special', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it.each(services)('%s has an image of its own making or of a given version', (_name, service) => {
    expect(service.build ?? service.image).toMatch(
      /^\.$|:\d+\.\d+[\w.]*-alpine[\w.-]*@sha256:[0-9a-f]{64}$/,
    );
  });

  it('keeps Redis and PostgreSQL where only the replicas are, and never lets Redis forget places', () => {
    expect(redis.networks).toEqual(['pool']);
    expect(postgres.networks).toEqual(['pool']);
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

  it('has no idle connection left to a replica that takes no more', () => {
    const [, delay] = /SHUTDOWN_DELAY_MS:-(\d+)/.exec(easel.command?.join(' ') ?? '') ?? [];
    const upstream = /^ *keepalive 64;[^}]*?^ *keepalive_timeout (\d+)s;$/ms.exec(nginx)?.[1];
    expect(Number(upstream) * 1000).toBeLessThan(Number(delay));
  });
});

describe('deploy/rolling-update.sh', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-rolling-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs the script with a `docker` that keeps the replicas as lines of a file. */
  function update(replicas: readonly string[]) {
    writeFileSync(join(folder, 'replicas'), replicas.map((name) => `${name}\n`).join(''));
    writeFileSync(
      join(folder, 'docker'),
      `#!/bin/sh
echo "$*" >> ${folder}/calls
case "$*" in
  *' ps '*) cat ${folder}/replicas ;;
  *' up '*)
    want=\${*##*easel=}; want=\${want%% *}
    while [ "$(wc -l < ${folder}/replicas)" -lt "$want" ]; do
      echo "new-$(wc -l < ${folder}/calls)" >> ${folder}/replicas
    done ;;
  stop*) grep -q "^$2$" ${folder}/replicas && echo "$(wc -l < ${folder}/replicas) at the stop" >> ${folder}/calls ;;
  rm*) grep -v "^$2$" ${folder}/replicas > ${folder}/left; mv ${folder}/left ${folder}/replicas ;;
esac
`,
    );
    chmodSync(join(folder, 'docker'), 0o755);
    const { status, stderr } = spawnSync(join(ROOT, 'deploy/rolling-update.sh'), {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, NGINX_NOTICES_SECONDS: '0' },
      encoding: 'utf8',
    });
    const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n');
    return { status, stderr, calls: lines('calls'), replicas: lines('replicas') };
  }

  it.each([
    ['one', ['a']],
    ['three', ['a', 'b', 'c']],
  ])('replaces %s, each by a new one that is there before', (_name, old) => {
    const { status, calls, replicas } = update(old);
    expect(status).toBe(0);
    expect(replicas).toHaveLength(old.length);
    expect(replicas.filter((name) => old.includes(name))).toEqual([]);
    const stops = calls.filter((call) => call.endsWith('at the stop'));
    expect(stops).toEqual(old.map(() => `${old.length + 1} at the stop`));
    for (const call of calls.filter((each) => each.includes(' up '))) {
      expect(call).toMatch(/--wait\b.*--no-recreate\b/);
    }
  });

  it('says what to do where nothing runs', () => {
    const { status, stderr } = update([]);
    expect(status).toBe(1);
    expect(stderr).toContain('docker compose --profile scale up');
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
    [
      'Redis and PostgreSQL with them',
      ['--profile', 'scale'],
      ['easel', 'postgres', 'proxy', 'redis'],
    ],
    [
      'what observes them',
      ['-f', 'docker-compose.observability.yml'],
      ['easel', 'grafana', 'jaeger', 'prometheus', 'proxy'],
    ],
    ['the accounts as a secret', ['-f', 'docker-compose.accounts.yml'], ['easel', 'proxy']],
  ])('starts %s', (_name, options, expected) => {
    const { stdout, stderr } = docker(...FILE, ...options, 'config', '--services');
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(expected);
  });
});
