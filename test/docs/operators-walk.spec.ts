import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { startProcess, type EaselProcess } from '../easel-process';
import { PostgresServer, describeWithPostgres } from '../postgres-server';
import {
  describeWithPrometheus,
  startPrometheus,
  type PrometheusServer,
} from '../prometheus-server';
import { describeWithRedis, RedisServer } from '../redis-server';
import { HAS_NGINX, startNginx, type RunningNginx } from '../running-nginx';
import { until } from '../until';
import { fencesOf } from './markdown-examples';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
/** The test build's. */
const NEW_KEY = require.resolve('../../src/new-key');

const TEAMS = 'design shop search news video games maps mail ads research'.split(' ');

/** The commands of «Step by step: ten teams», in their order. */
function commands(): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/deployment.md'), 'utf8');
  const [, after = ''] = page.split('\n### Step by step: ten teams\n');
  return fencesOf(after.split('\n### ')[0] ?? '').map(({ text }) => text);
}

/**
 * What the page has an operator type, typed here. There is no engine: what `docker compose up` starts is started by
 * hand, with the same programs, files and variables.
 */
function walk(): void {
  let folder: string;
  let redis: RedisServer;
  let postgres: PostgresServer;
  let nginx: RunningNginx;
  let prometheus: PrometheusServer;
  let easels: readonly EaselProcess[];
  const [build = '', keys = '', variables = '', start = '', look = ''] = commands();

  const type = (code: string) =>
    run('bash', ['-c', `set -eo pipefail\n${code}`], {
      cwd: folder,
      env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    });
  const keyOf = (name: string) =>
    /^sk-easel-.*$/m.exec(readFileSync(join(folder, `key-of-${name}.txt`), 'utf8'))?.[0] ?? '';
  const written = () =>
    parseEnv(readFileSync(join(folder, '.env'), 'utf8')) as Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'easel-walk-'));
    mkdirSync(join(folder, 'bin'));
    const docker = join(folder, 'bin/docker');
    const inImage = 'docker run --rm easel node dist/new-key.js';
    writeFileSync(
      docker,
      `#!/bin/sh\n[ "docker $1 $2 $3 $4 $5" = '${inImage}' ] && shift 5 && exec '${process.execPath}' '${NEW_KEY}' "$@"\nexit 64\n`,
    );
    chmodSync(docker, 0o755);
    await type(keys);
    await type(variables);

    [redis, postgres] = await Promise.all([RedisServer.start(), PostgresServer.start()]);
    const environment = {
      ...written(),
      CONSUMERS_FILE: join(folder, 'consumers.yaml'),
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
      DATA_DIR: folder,
      TRUSTED_PROXIES: 'loopback',
    };
    easels = [1, 2].map(() => startProcess(environment));
    const urls = await Promise.all(easels.map((easel) => easel.url()));
    const hosts = urls.map((url) => new URL(url).host);
    nginx = await startNginx(hosts);
    prometheus = await startPrometheus(hosts, written()['EASEL_METRICS_KEY'] ?? '');
  });
  afterAll(async () => {
    await prometheus.close();
    await nginx.close();
    for (const { child } of easels) {
      child.kill('SIGKILL');
    }
    await postgres.close();
    await redis.kill();
    rmSync(folder, { recursive: true });
  });

  it('has a key for each team, in a file for each, and none in consumers.yaml', () => {
    const files = readdirSync(folder).filter((name) => name.startsWith('key-of-'));
    const names = [...TEAMS, 'prometheus', 'platform'];
    expect(files.sort()).toEqual(names.map((name) => `key-of-${name}.txt`).sort());
    const consumers = readFileSync(join(folder, 'consumers.yaml'), 'utf8');
    for (const name of names) {
      expect(keyOf(name).length).toBeGreaterThan(30);
      expect(consumers).not.toContain(keyOf(name));
    }
  });

  it('names existing compose files, and variables that Easel does not report as typos', async () => {
    const files = written()['COMPOSE_FILE']?.split(':') ?? [];
    expect(files).toContain('docker-compose.scale.yml');
    expect(files.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
    for (const easel of easels) {
      await until(() => easel.output().includes('12 of 12 consumer(s) enabled'));
      expect(easel.output()).not.toMatch(/did you mean/);
    }
  });

  it('uses commands that Docker Compose accepts', () => {
    expect(build.trim()).toBe('docker compose up --build');
    expect(start.trim()).toBe('docker compose up --detach --wait');
  });

  it('sees the team’s budget, everybody’s usage, and that all is up', async () => {
    const { stdout } = await type(look.replaceAll('http://127.0.0.1:8045', nginx.url));
    const [key, usage, ready] = stdout
      .replaceAll('}{', '}\n{')
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(key).toMatchObject({ object: 'key', name: 'design', budget: { limit_usd: 200 } });
    expect(usage).toMatchObject({ object: 'list' });
    expect(ready).toMatchObject({
      details: { redis: { status: 'up' }, ledger: { status: 'up', kind: 'postgres' } },
    });
    const saved = readFileSync(join(folder, 'image.json'), 'utf8');
    expect(saved).toContain('"b64_json"');
    // The other replica writes its rows a moment later.
    const headers = { authorization: `Bearer ${keyOf('platform')}` };
    await until(async () => {
      const body = await (await fetch(`${nginx.url}/v1/usage`, { headers })).text();
      return body.includes('{"consumer":"design","images":1,');
    });
  });

  it('finds both replicas and the budgets of all ten teams in Prometheus', async () => {
    await until(async () => (await prometheus.query('up{job="easel"} == 1')).length === 2);
    const budgets = 'count(max by (consumer) (easel_consumer_budget_used_ratio{job="easel"}))';
    await until(async () => (await prometheus.query(budgets))[0]?.value === TEAMS.length);
    const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    expect(firing.map(({ name }) => name)).toEqual([]);
  });

  it('shows that a team can neither read the metrics nor see the usage of others', async () => {
    const headers = { authorization: `Bearer ${keyOf('shop')}` };
    expect((await fetch(`${nginx.url}/metrics`, { headers })).status).toBe(403);
    const usage = await (await fetch(`${nginx.url}/v1/usage`, { headers })).json();
    expect(usage).toMatchObject({ data: [] });
  });
}

describe('the steps of «Step by step: ten teams»', () => {
  describeWithPostgres('has PostgreSQL', () => {
    describeWithRedis('has Redis', () => {
      describeWithPrometheus('has Prometheus', () => {
        if (HAS_NGINX || process.env['EASEL_REQUIRE_NGINX'] === '1') {
          describe('has nginx', walk);
        } else {
          it.skip('has no nginx', () => undefined);
        }
      });
    });
  });
});
