import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Env } from '../../src/config/env';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** What is added to the code has to be added to the page where people look for it. */
describe('every environment variable', () => {
  const defaults = new Env();
  const names = Object.keys(defaults) as (keyof Env)[];
  const template = read('.env.example');
  const rows = new Map(
    [...read('docs/configuration.md').matchAll(/^\| `([A-Z0-9_]+)` +\| (.*?) +\|/gm)].map(
      ([, name = '', value = '']) => [name, value] as const,
    ),
  );

  it.each(names)('%s is in .env.example, commented out', (name) => {
    expect(template.split('\n').map((line) => line.split('=')[0])).toContain(`#${name}`);
  });

  it.each(names)('%s is in docs/configuration.md, with its default', (name) => {
    const value = defaults[name];
    const documented = rows.get(name);
    expect(documented).toBeDefined();
    if (value !== undefined) {
      expect(documented).toContain(`\`${value}\``);
    }
  });

  it.each(names)('%s is read from .env.example with the default it has without', (name) => {
    const [, shown] = new RegExp(`^#${name}=(.*)$`, 'm').exec(template) ?? [];
    const value = defaults[name];
    if (value !== undefined && name !== 'LOG_FORMAT') {
      expect(shown).toBe(String(value));
    }
  });

  it('of docs/configuration.md is one of Easel’s', () => {
    expect([...rows.keys()].sort()).toEqual([...names].sort());
  });

  it('of .env.example is one of Easel’s, of Docker Compose’s or of OpenTelemetry’s', () => {
    const others = [
      'COMPOSE_FILE',
      'EASEL_BIND',
      'EASEL_PORT',
      'EASEL_REPLICAS',
      'EASEL_METRICS_KEY',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'GRAFANA_ADMIN_PASSWORD',
    ];
    const listed = [...template.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(listed.filter((name) => ![...names, ...others].includes(name as string))).toEqual([]);
  });
});

describe('every route', () => {
  const { paths } = JSON.parse(read('docs/openapi.json')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );

  it.each(routes)('%s is in the table of docs/api.md', (route) => {
    const [section = ''] = read('docs/api.md').split('\n## Keys');
    const listed = [...section.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(
      ([, listedRoute]) => listedRoute,
    );
    expect(listed).toContain(route);
  });
});
