import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROMETHEUS_FOLDER } from './prometheus-server';

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

export const RULE_FILE = join(PROMETHEUS_FOLDER, 'easel.rules.yml');

const ruleGroups = (parse(readFileSync(RULE_FILE, 'utf8')) as RuleFile).groups;

/** Every alert that ships. */
export const alertRules = ruleGroups.flatMap(({ rules }) => rules);

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

export const dashboard = JSON.parse(
  readFileSync(join(__dirname, '../deploy/grafana/dashboards/easel.json'), 'utf8'),
) as Dashboard;

/** Every query of the dashboard, with the panel that it belongs to. */
export const panelQueries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ panel: title, expr })),
);

/** The names of metrics in a PromQL expression. */
export function metricsIn(expression: string): readonly string[] {
  const withoutStrings = expression.replaceAll(/"[^"]*"/g, '');
  return [...withoutStrings.matchAll(/\b(?:up|(?:easel|nodejs|process)_\w+)\b/g)].map(
    ([name]) => name,
  );
}
