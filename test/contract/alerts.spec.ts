import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { memoryBound } from '../memory-bounds';
import { alertRules, metricsIn, panelQueries, RULE_FILE } from '../prometheus-queries';
import { describeWithPrometheus, PROMETHEUS_FOLDER, promtool } from '../prometheus-server';

const CASES_FILE = join(PROMETHEUS_FOLDER, 'easel.rules.test.yml');
const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');

interface Case {
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly object[];
  }[];
}

const { tests: cases } = parse(readFileSync(CASES_FILE, 'utf8')) as { tests: readonly Case[] };
const expectations = cases.flatMap(({ alert_rule_test: expected }) => expected);
const rows = alertRules.map((rule) => [rule.alert, rule] as const);

describe('an alert', () => {
  it('has a unique name', () => {
    const names = alertRules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(rows)('%s has a severity, a meaning and a link to the runbook', (alert, rule) => {
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description', 'runbook_url']);
    expect(rule.annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  });

  it.each(rows)('%s has a case in which it fires, and one in which it does not', (alert) => {
    const own = expectations.filter(({ alertname }) => alertname === alert);
    const firing = own.filter(({ exp_alerts: expected }) => expected.length > 0);
    expect({ fires: firing.length > 0, silent: firing.length < own.length }).toEqual({
      fires: true,
      silent: true,
    });
  });

  it('of the memory has the formula of docs/deployment.md', () => {
    const { expr = '' } = alertRules.find(({ alert }) => alert === 'EaselMemoryNearLimit') ?? {};
    const [, share, factor, base] =
      /([\d.]+) \* \(([\d.]+) \* easel_inflight_bytes_limit\{[^}]*\} \+ (\d+) \* 1024 \* 1024\)/.exec(
        expr,
      ) ?? [];
    expect(Number(share)).toBeLessThan(1);
    for (const inflight of [256, 1024, 4096]) {
      expect(Number(factor) * inflight + Number(base)).toBe(memoryBound(inflight));
    }
  });
});

describe('a metric of an alert or a panel', () => {
  const documented = [...read('docs/observability.md').matchAll(/^\| `(\w+(?:\{[\w,]+\}\w+)?)`/gm)]
    .map(([, name = '']) => name)
    .flatMap((name) => {
      const [, before = '', choices, after = ''] = /^(\w+)\{([\w,]+)\}(\w+)$/.exec(name) ?? [];
      return choices?.split(',').map((choice) => `${before}${choice}${after}`) ?? [name];
    });
  const used = new Set(
    [...alertRules, ...panelQueries].flatMap(({ expr }) => metricsIn(expr)).sort(),
  );

  it.each([...used])('is in docs/observability.md: %s', (name) => {
    // Prometheus' own, and those that every program for Node.js has.
    const isCommon = /^(up$|process_)/.test(name);
    const base = name.replace(/_(bucket|sum|count)$/, '');
    expect(isCommon || documented.includes(name) || documented.includes(base)).toBe(true);
  });
});

describeWithPrometheus('promtool', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-rules-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** What the cases of an alert say if its expression is another. */
  function casesWith(alert: string, expr: string) {
    const rule = { ...alertRules.find((one) => one.alert === alert), expr, for: '0s' };
    const own = cases.filter(({ alert_rule_test: [first] }) => first?.alertname === alert);
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'a', rules: [rule] }] }));
    writeFileSync(
      join(folder, 'cases.yml'),
      stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests: own }),
    );
    return promtool('test', 'rules', join(folder, 'cases.yml'));
  }

  it('accepts the rules', () => {
    expect(promtool('check', 'rules', '--lint-fatal', RULE_FILE)).toMatchObject({ ok: true });
  });

  it('confirms that each alert fires when it should, with the right text, and not otherwise', () => {
    expect(promtool('test', 'rules', CASES_FILE)).toMatchObject({ ok: true });
  });

  it.each(rows)('would find that %s never fires, or always', (alert) => {
    for (const expr of ['vector(0) > 1', 'vector(1)']) {
      const { ok, says } = casesWith(alert, expr);
      expect({ expr, ok }).toEqual({ expr, ok: false });
      expect(says).toContain(alert);
    }
  });
});
