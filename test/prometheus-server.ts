import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from './free-port';
import { until } from './until';

export const PROMETHEUS_FOLDER = join(__dirname, '../deploy/prometheus');

const IS_HERE = ['prometheus', 'promtool'].every(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const isRequired = process.env['EASEL_REQUIRE_PROMETHEUS'] === '1';

/** Tests that need a real Prometheus and its promtool. CI may not do without. */
export function describeWithPrometheus(name: string, tests: () => void): void {
  if (IS_HERE || isRequired) {
    describe(name, tests);
  } else {
    process.stderr.write(`SKIPPED: "${name}" needs prometheus and promtool\n`);
    describe.skip(name, tests);
  }
}

/** What promtool says, and whether it is content. */
export function promtool(...args: readonly string[]): {
  readonly ok: boolean;
  readonly says: string;
} {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { ok: status === 0, says: `${stdout}${stderr}` };
}

/** One time series of a response. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus with the configuration that ships, and the key it is given, which scrapes each second. */
export interface PrometheusServer {
  /** The configuration that it runs with. */
  readonly configFile: string;
  /** The samples of a PromQL expression now. Fails if Prometheus does not understand it. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The alerting rules, as they were evaluated last. */
  alerts(): Promise<readonly AlertingRule[]>;
  close(): Promise<void>;
}

interface AlertingRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state: string;
}

interface Config {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: {
    authorization: { credentials_file: string };
    dns_sd_configs?: object;
    static_configs?: object;
  }[];
}

/** @param targets `host:port` of each Easel */
export async function startPrometheus(
  targets: readonly string[],
  key: string,
): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-prometheus-'));
  const configFile = join(folder, 'prometheus.yml');
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, key);
  writeFileSync(configFile, stringify(localConfig(targets, keyFile)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const exit = once(child, 'exit');
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    const body = (await response.json()) as { data: T; error?: string };
    if (!response.ok) {
      throw new Error(body.error);
    }
    return body.data;
  };
  await until(() =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => {
        if (child.exitCode !== null) {
          throw new Error(`Prometheus has ended with ${child.exitCode}`);
        }
        return false;
      },
    ),
  );
  return {
    configFile,
    query: async (expression) => {
      const { result } = await ask<{
        result: { metric: Record<string, string>; value: [number, string] }[];
      }>(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    alerts: async () => {
      const { groups } = await ask<{ groups: { rules: AlertingRule[] }[] }>('rules?type=alert');
      return groups.flatMap(({ rules }) => rules);
    },
    close: async () => {
      child.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The file as it ships but for where things are, and for its leisure. */
function localConfig(targets: readonly string[], keyFile: string): Config {
  const config = parse(readFileSync(join(PROMETHEUS_FOLDER, 'prometheus.yml'), 'utf8')) as Config;
  return {
    ...config,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: config.rule_files.map((path) => path.replace('/etc/prometheus', PROMETHEUS_FOLDER)),
    scrape_configs: config.scrape_configs.map((job) => ({
      ...job,
      dns_sd_configs: [],
      authorization: { credentials_file: keyFile },
      static_configs: [{ targets }],
    })),
  };
}
