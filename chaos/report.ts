import { CHECKS } from './oracle';
import type { Outcome } from './suite';

/** The maximum number of violations printed in full. */
const TOLD = 30;

/** A table of what was checked, and what was violated. */
export function reportOf(outcome: Outcome): string {
  const { oracle, plan, history, started, upstreamCalls, uncertainCalls, starts, seconds } =
    outcome;
  const rows = CHECKS.map((check) => [
    check,
    String(oracle.checked.get(check) ?? 0),
    String(oracle.violations.filter((one) => one.check === check).length),
  ]);
  const faults = new Map<string, number>();
  for (const { kind } of history.faults) {
    faults.set(kind, (faults.get(kind) ?? 0) + 1);
  }
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([what, count]) => `${what} ${count}`).join(' · ') || 'none';
  return [
    grid([['what must hold', 'checked', 'violated'], ...rows]),
    '',
    `seed ${plan.seed} · plan ${plan.hash} · whole plan ${plan.wholeHash}`,
    `requests ${started} · images checked ${oracle.images} · upstream calls ${upstreamCalls}, ` +
      `of which uncertain because of a kill ${uncertainCalls} · ${Math.round(seconds)} s`,
    `starts of replicas ${starts} · faults: ${list(faults)}`,
    `responses: ${list(oracle.explanations)}`,
    ...oracle.violations.slice(0, TOLD).map(({ check, what }) => `VIOLATED ${check}: ${what}`),
    ...(oracle.violations.length === 0
      ? []
      : [
          `The logs are in ${outcome.folder}.`,
          `Once more: npm run ${plan.isCalm ? 'soak' : 'chaos'} -- --seed ${plan.seed} --requests ${started}`,
        ]),
  ].join('\n');
}

export function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
