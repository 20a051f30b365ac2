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
  readonly ports?: readonly string[] | symbol;
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

interface ComposeFile<Name extends string = 'easel'> {
  readonly services: Readonly<Record<Name, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const alone = parse(read('docker-compose.yml')) as ComposeFile;
const { easel } = alone.services;
/** What Docker Compose takes for nothing at all, whatever the files before say. */
const RESET = Symbol('!reset');
const scale = parse(read('docker-compose.scale.yml'), {
  merge: true,
  customTags: [{ tag: '!reset', collection: 'seq', resolve: () => RESET }],
}) as ComposeFile<'easel' | 'proxy' | 'redis' | 'postgres'>;
const { easel: replica, proxy, redis, postgres } = scale.services;
const services = Object.entries({ easel, proxy, redis, postgres });
const nginx = read('deploy/nginx.conf');

const SECRETS = ['accounts', 'consumers'] as const;
const secretFile = (what: string) =>
  parse(read(`docker-compose.${what}.yml`)) as ComposeFile & { readonly secrets: object };

/** The value of a directive of nginx.conf that stands there once. */
const directive = (name: string) => new RegExp(`^ *${name} (.+);$`, 'm').exec(nginx)?.[1] ?? '';
const seconds = (time = '') => Number(/^(\d+)s$/.exec(time)?.[1] ?? Number.NaN);

describe('the files for Docker Compose', () => {
  it('publish one port, on this machine alone: Easel by itself, nginx in front of replicas', () => {
    const published = `\${EASEL_BIND:-127.0.0.1}:\${EASEL_PORT:-8045}`;
    expect(easel.ports).toEqual([`${published}:${easel.environment?.['PORT']}`]);
    expect(replica.ports).toBe(RESET);
    expect(proxy.ports).toEqual([`${published}:${directive('listen')}`]);
    expect(redis.ports).toBeUndefined();
    expect(postgres.ports).toBeUndefined();
  });

  it('start only Easel, and the servers of a further file only with that file', () => {
    expect(Object.keys(alone.services)).toEqual(['easel']);
    expect(easel.environment).not.toHaveProperty('DATABASE_URL');
    expect(easel.environment).not.toHaveProperty('REDIS_URL');
  });

  it('start Easel by the command of its image, without a shell', () => {
    expect(easel.command).toBeUndefined();
    expect(replica.command).toBeUndefined();
  });

  it.each([
    ['REDIS_URL', undefined, 'redis://redis:6379'],
    ['REDIS_URL', 'redis://own', 'redis://own'],
    ['REDIS_URL', '', ''],
    ['DATABASE_URL', undefined, 'postgres://easel@postgres:5432/easel'],
    ['DATABASE_URL', 'off', 'off'],
    ['DATABASE_URL', '', ''],
    ['SHUTDOWN_DELAY_MS', undefined, '6000'],
    ['SHUTDOWN_DELAY_MS', '9000', '9000'],
    ['TRUSTED_PROXIES', undefined, 'uniquelocal'],
    ['TRUSTED_PROXIES', '10.0.0.0/8', '10.0.0.0/8'],
  ])('give a replica %s, where .env says %p, as %p', (name, inEnvFile, expected) => {
    const [, own, operator, usual = ''] =
      /^\$\{(\w+)(:?-)(.*)\}$/.exec(String(replica.environment?.[name])) ?? [];
    expect(own).toBe(name);
    const isUnset = inEnvFile === undefined || (inEnvFile === '' && operator === ':-');
    expect(isUnset ? usual : inEnvFile).toBe(expected);
  });

  it('wait for the servers that replicas share', () => {
    expect(replica).toMatchObject({
      depends_on: {
        redis: { condition: 'service_healthy' },
        postgres: { condition: 'service_healthy' },
      },
    });
  });

  it('set no variable that Easel does not know', () => {
    const names = [
      easel,
      replica,
      ...SECRETS.map((what) => secretFile(what).services.easel),
    ].flatMap((service) => Object.keys(service.environment ?? {}));
    expect(names.filter((name) => !isEaselVariable(name))).toEqual([]);
  });

  it.each(SECRETS)('mount the %s as a secret at the path in its variable', (what) => {
    const { services: more, secrets } = secretFile(what);
    expect(more.easel.environment).toEqual({
      [`${what.toUpperCase()}_FILE`]: `/run/secrets/${what}`,
    });
    expect(more.easel).toMatchObject({ secrets: [what] });
    expect(secrets).toEqual({ [what]: { file: `./${what}.yaml` } });
    // No other service needs it.
    expect(read('.gitignore').split('\n')).toContain(`${what}.yaml`);
  });

  it.each(services)('%s cannot fill the memory or the disk of the machine', (_name, service) => {
    expect(service.mem_limit).toMatch(/^\d+m$/);
    expect(service.logging).toEqual({
      driver: 'local',
      options: { 'max-size': '10m', 'max-file': '5' },
    });
  });

  it('give Redis twice the memory that it may fill, and PostgreSQL room for its connections', () => {
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

  it('keep everything that must outlive a container in volumes', () => {
    expect(easel.volumes).toEqual([`easel-data:${easel.environment?.['DATA_DIR']}`]);
    expect(postgres.volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
    expect(Object.keys(alone.volumes)).toEqual(['easel-data']);
    expect(Object.keys(scale.volumes)).toEqual(['postgres-data']);
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

  it.each(services)(
    '%s has an image that it builds, or one of a fixed version',
    (_name, service) => {
      expect(service.build ?? service.image).toMatch(
        /^\.$|:\d+\.\d+[\w.]*-alpine[\w.-]*@sha256:[0-9a-f]{64}$/,
      );
    },
  );

  it('let only the replicas reach Redis and PostgreSQL, and never let Redis evict leases', () => {
    expect(redis.networks).toEqual(['pool']);
    expect(postgres.networks).toEqual(['pool']);
    expect(scale.networks['pool']).toEqual({ internal: true });
    expect(proxy.networks).toBeUndefined();
    expect(replica.networks).toEqual(['default', 'pool']);
    expect(redis.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });

  it('give running images time to finish and be sent before a container stops', () => {
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

  it('has no idle connections to a replica that has stopped accepting', () => {
    const [, delay] =
      /SHUTDOWN_DELAY_MS:-(\d+)/.exec(String(replica.environment?.['SHUTDOWN_DELAY_MS'])) ?? [];
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
  ])('replaces %s, each after its successor is healthy', (_name, old) => {
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

  it('says what to do if no replica is running', () => {
    const { status, stderr } = update([]);
    expect(status).toBe(1);
    expect(stderr).toContain('docker-compose.scale.yml up');
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
    ['one Easel', [], ['easel']],
    [
      'replicas, their proxy, Redis and PostgreSQL',
      ['-f', 'docker-compose.scale.yml'],
      ['easel', 'postgres', 'proxy', 'redis'],
    ],
    [
      'what observes them',
      ['-f', 'docker-compose.observability.yml'],
      ['easel', 'grafana', 'jaeger', 'prometheus'],
    ],
    ['the accounts as a secret', ['-f', 'docker-compose.accounts.yml'], ['easel']],
    ['the consumers as a secret', ['-f', 'docker-compose.consumers.yml'], ['easel']],
    [
      'everything at once',
      [
        ...['scale', 'accounts', 'consumers', 'observability'].flatMap((name) => [
          '-f',
          `docker-compose.${name}.yml`,
        ]),
      ],
      ['easel', 'grafana', 'jaeger', 'postgres', 'prometheus', 'proxy', 'redis'],
    ],
  ])('starts %s', (_name, options, expected) => {
    const { stdout, stderr } = docker(...FILE, ...options, 'config', '--services');
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(expected);
  });
});
