import type { Results } from './results';
import { resultTables } from './result-tables';
import { gridOf } from './table';

const START = '<!-- measured: written by `npm run bench -- --docs` -->';
const END = '<!-- /measured -->';

/** The page with the results of a run between its markers; text outside them is kept. */
export function pageWith(page: string, results: Results): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) {
    throw new Error('docs/performance.md has lost the marks between which results are written');
  }
  return `${page.slice(0, start)}${START}\n\n${measured(results)}\n\n${page.slice(end)}`;
}

function measured(results: Results): string {
  const { machine, date, command, rounds } = results;
  const about = [
    `Measured on ${date} with \`${command}\`, ${rounds} rounds, on ${machine.cpu}, ${machine.cores} cores,`,
    `${machine.memoryGiB} GiB of memory, ${machine.system}, Node ${machine.node.slice(1)}.`,
  ].join('\n');
  const tables = resultTables(results).map((table) =>
    [`### ${table.title}`, table.note, gridOf(table)].filter((part) => part !== '').join('\n\n'),
  );
  return [about, ...tables].join('\n\n');
}
