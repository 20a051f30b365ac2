import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Env } from '../../src/config/env';
import { MEMORY_BASE_MEBIBYTES, MEMORY_FACTOR, memoryBound } from '../memory-bounds';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');
/** On one line each, as the reader has them. */
const prose = (path: string) => read(path).replaceAll(/\s+/g, ' ');

const { MAX_INFLIGHT_MB: DEFAULT, IDEMPOTENCY_CACHE_MB: KEPT_RESPONSES } = new Env();

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

describe('the documented memory of a process', () => {
  const formula = `${MEMORY_FACTOR} times \`MAX_INFLIGHT_MB\` plus ${MEMORY_BASE_MEBIBYTES} MiB`;

  it.each(['docs/deployment.md', 'docs/scaling.md'])(
    '%s has the formula that the attack tests check',
    (path) => {
      expect(prose(path)).toContain(formula);
    },
  );

  it('docs/deployment.md has its result for the defaults', () => {
    const page = prose('docs/deployment.md');
    expect(page).toContain(`${memoryBound(DEFAULT)} MiB with the defaults`);
    expect(page).toContain(
      `without an image store, this makes ${memoryBound(DEFAULT) + KEPT_RESPONSES} MiB`,
    );
  });

  it('the limit in the Kubernetes manifest is high enough, and docs/scaling.md has it', () => {
    const { inflight, limit } = manifest();
    expect(limit).toBeGreaterThanOrEqual(memoryBound(inflight) + KEPT_RESPONSES);
    expect(prose('docs/scaling.md')).toContain(
      `The manifests set \`MAX_INFLIGHT_MB\` to ${inflight} and allow ${limit} MiB.`,
    );
  });

  it('the limit in docker-compose.yml is high enough', () => {
    const { easel } = (parse(read('docker-compose.yml')) as Compose).services;
    // mem_limit is for the default; a compose file that sets MAX_INFLIGHT_MB must change both.
    expect(easel.environment['MAX_INFLIGHT_MB']).toBeUndefined();
    expect(mebibytes(easel.mem_limit, 'm')).toBeGreaterThanOrEqual(
      memoryBound(DEFAULT) + KEPT_RESPONSES,
    );
  });
});
