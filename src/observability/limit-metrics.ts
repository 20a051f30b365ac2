import { Gauge, type Registry } from 'prom-client';
import type { ConsumerLimits } from '../consumers/limits/consumer-limits';
import type { ConsumerRegistry } from '../context/consumer-registry';
import type { ConsumerLabels } from './consumer-labels';

export interface LimitMetricsParts {
  readonly limits: ConsumerLimits;
  readonly consumers: ConsumerRegistry;
  readonly labels: ConsumerLabels;
  readonly registers: Registry[];
}

/**
 * Registers the metrics of consumer limits and budgets; they are read at the scrape, so they cost
 * nothing otherwise.
 */
export function registerLimitMetrics({
  limits,
  consumers,
  labels,
  registers,
}: LimitMetricsParts): void {
  new Gauge({
    name: 'easel_limits_degraded',
    help: 'Whether Redis or the database is away and each replica counts the limits of consumers on its own (1), or not (0).',
    registers,
    collect() {
      const isWhole = limits.isShared !== false && limits.quotaStatus?.isUp !== false;
      this.set(isWhole ? 0 : 1);
    },
  });
  new Gauge({
    name: 'easel_consumer_budget_used_ratio',
    help: 'Fraction of its budget for this month that a consumer has used; for consumers without a label of their own the largest.',
    labelNames: ['consumer'],
    registers,
    async collect() {
      const ratios = new Map<string, number>();
      for (const [name, ratio] of await limits.budgetRatios(consumers.list())) {
        const label = labels.of(name);
        ratios.set(label, Math.max(ratio, ratios.get(label) ?? 0));
      }
      // A consumer whose budget was removed has no ratio.
      this.reset();
      for (const [consumer, ratio] of ratios) {
        this.set({ consumer }, ratio);
      }
    },
  });
}
