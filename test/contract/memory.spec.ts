import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Env } from '../../src/config/env';
import { MEMORY_BASE_MEBIBYTES, MEMORY_FACTOR, memoryBound } from '../memory-bounds';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');
/** On one line each, as the reader has them. */
const prose = (path: string) => read(path).replaceAll(/\s+/g, ' ');

const DEFAULT = new Env().MAX_INFLIGHT_MB;

interface Compose {
  readonly services: {
    readonly easel: { readonly mem_limit: string; readonly environment: Record<string, unknown> };
  };
}

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          {
            readonly env: readonly { readonly name: string; readonly value: string }[];
            readonly resources: { readonly limits: { readonly memory: string } };
          },
        ];
      };
    };
  };
}

function manifest(): { readonly inflight: number; readonly limit: number } {
  const { spec } = parse(read('deploy/kubernetes/deployment.yaml')) as Deployment;
  const [{ env, resources }] = spec.template.spec.containers;
  return {
    inflight: Number(env.find(({ name }) => name === 'MAX_INFLIGHT_MB')?.value),
    limit: mebibytes(resources.limits.memory, 'Mi'),
  };
}

function mebibytes(text: string, unit: string): number {
  expect(text.endsWith(unit)).toBe(true);
  return Number(text.slice(0, -unit.length));
}

describe('what is said of the memory of a process', () => {
  const told = `${MEMORY_FACTOR} times \`MAX_INFLIGHT_MB\` and ${MEMORY_BASE_MEBIBYTES} MiB`;

  it.each(['docs/deployment.md', 'docs/scaling.md'])(
    '%s has the figures of the attacks',
    (path) => {
      expect(prose(path)).toContain(told);
    },
  );

  it('docs/deployment.md has what they come to by default', () => {
    expect(prose('docs/deployment.md')).toContain(`with the defaults ${memoryBound(DEFAULT)} MiB`);
  });

  it('the Kubernetes manifest has room for it, and docs/scaling.md says how much', () => {
    const { inflight, limit } = manifest();
    expect(limit).toBeGreaterThanOrEqual(memoryBound(inflight));
    expect(prose('docs/scaling.md')).toContain(
      `The manifests set \`MAX_INFLIGHT_MB\` to ${inflight} and allow ${limit} MiB.`,
    );
  });

  it('docker-compose has room for it', () => {
    const { easel } = (parse(read('docker-compose.yml')) as Compose).services;
    // Whoever sets another has to set both.
    expect(easel.environment['MAX_INFLIGHT_MB']).toBeUndefined();
    expect(mebibytes(easel.mem_limit, 'm')).toBeGreaterThanOrEqual(memoryBound(DEFAULT));
  });
});
