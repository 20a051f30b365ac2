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

  it('is in .env.example: commented out, with its default', () => {
    const shown = new Map(
      [...template.matchAll(/^#([A-Z0-9_]+)=(.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    );
    const faults = names.flatMap((name) => {
      const value = defaults[name];
      if (!shown.has(name)) {
        return [`add #${name}=${value ?? '…'}`];
      }
      // The format of lines is not always the same if none is set.
      return value === undefined || name === 'LOG_FORMAT' || shown.get(name) === String(value)
        ? []
        : [`${name}: show its default, ${value}`];
    });
    expect(faults).toEqual([]);
  });

  it('is in a table of docs/configuration.md, with its default', () => {
    const faults = names.flatMap((name) => {
      const value = defaults[name];
      const documented = rows.get(name);
      if (documented === undefined) {
        return [`add | \`${name}\` | \`${value ?? '…'}\` | … |`];
      }
      return value === undefined || documented.includes(`\`${value}\``)
        ? []
        : [`${name}: show its default, \`${value}\``];
    });
    expect(faults).toEqual([]);
  });

  it('of docs/configuration.md is one of Easel’s', () => {
    expect([...rows.keys()].filter((name) => !names.includes(name as keyof Env))).toEqual([]);
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

  it('is in the table «Routes» of docs/api.md', () => {
    const [section = ''] = read('docs/api.md').split('\n## Keys');
    const listed = [...section.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(
      ([, listedRoute]) => listedRoute,
    );
    expect(routes.filter((route) => !listed.includes(route))).toEqual([]);
  });
});
