import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { dashboard } from '../prometheus-queries';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly mem_limit?: string;
}

interface ComposeFile {
  readonly services: Readonly<Record<'easel' | 'prometheus' | 'grafana' | 'jaeger', Service>>;
  readonly configs: Readonly<Record<string, object>>;
}

const { services, configs } = parse(read('docker-compose.observability.yml'), {
  merge: true,
}) as ComposeFile;
const { easel, prometheus, grafana, jaeger } = services;
const own = Object.entries({ prometheus, grafana, jaeger });

describe('docker-compose.observability.yml', () => {
  it.each(own)('pins %s by digest', (_name, { image }) => {
    expect(image).toMatch(/^[\w/]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
  });

  it.each(own)('lets only this machine reach %s, and bounds what it may take', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      logging: { driver: 'local', options: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(service.ports?.join()).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
  });

  it.each(own)('mounts only existing files into %s', (_name, { volumes = [] }) => {
    const files = volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((path) => /^\./.test(path));
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('puts every file where prometheus.yml looks for it', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      rule_files: string[];
      scrape_configs: [{ authorization: { credentials_file: string } }];
    };
    const inside = [
      ...(prometheus.volumes ?? []).map((volume) => volume.split(':')[1]),
      ...(prometheus.configs ?? []).map(({ target }) => target),
    ];
    const [{ authorization }] = config.scrape_configs;
    expect(inside).toEqual(
      expect.arrayContaining([...config.rule_files, authorization.credentials_file]),
    );
    expect(Object.keys(configs)).toEqual(prometheus.configs?.map(({ source }) => source));
  });

  it('scrapes the service and the port of docker-compose.yml', () => {
    const base = parse(read('docker-compose.yml')) as ComposeFile;
    const { scrape_configs: jobs } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const [target] = jobs[0]?.dns_sd_configs ?? [];
    expect(Object.keys(base.services)).toEqual(expect.arrayContaining(target?.names ?? ['none']));
    expect(target?.port).toBe(Number(base.services.easel.environment?.['PORT']));
  });

  it('has Easel send its traces to the Jaeger that it starts', () => {
    const { hostname } = new URL(easel.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '');
    expect(Object.keys(services)).toContain(hostname);
    expect(jaeger.environment?.['JAEGER_LISTEN_HOST']).toBe('0.0.0.0');
  });
});

describe('the provisioning of Grafana', () => {
  const { datasources } = parse(read('deploy/grafana/provisioning/datasources/easel.yml')) as {
    datasources: { type: string; uid: string; url: string }[];
  };
  const { providers } = parse(read('deploy/grafana/provisioning/dashboards/easel.yml')) as {
    providers: { options: { path: string } }[];
  };

  it('are data sources that are services', () => {
    expect(datasources.map(({ type }) => type)).toEqual(['prometheus', 'jaeger']);
    for (const { url } of datasources) {
      expect(Object.keys(services)).toContain(new URL(url).hostname);
    }
  });

  it('is the folder with the dashboard, and the dashboard as its home', () => {
    const path = providers[0]?.options.path ?? '';
    expect(grafana.volumes).toContain(`./deploy/grafana/dashboards:${path}:ro`);
    expect(grafana.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(
      `${path}/easel.json`,
    );
  });

  it('is a dashboard with a row for each question, and a description for each panel', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Traffic', 'Pool', 'Is it Google or us?', 'Money']);
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(panels.filter(({ description = '' }) => description.length < 5)).toEqual([]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('includes a dashboard in which every query works for one replica and for all', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance']);
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets);
    for (const { expr } of queries) {
      const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, labels]) => labels);
      expect(selectors.length).toBeGreaterThan(0);
      for (const labels of selectors) {
        expect(labels).toMatch(/^job="easel", instance=~"\$instance"/);
      }
    }
  });
});
