import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench } from './bench';
import { chartOf } from './chart';
import { readOptions, USAGE, type BenchOptions } from './options';
import { pageWith } from './performance-page';
import { PROJECT } from './places';
import { resultTables } from './result-tables';
import type { Results } from './results';
import { gridOf } from './table';

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = optionsOf(args);
  if (options === undefined) {
    console.log(USAGE);
    return;
  }
  if (process.platform !== 'linux') {
    throw new Error('CPU and memory are read from /proc, so this needs Linux');
  }
  const telling = args.filter((arg, at) => !isPrivate(arg) && !isPrivate(args[at - 1]));
  const command = ['npm run bench', ...(telling.length > 0 ? ['--', ...telling] : [])].join(' ');
  const results = await new Bench(options, command).run();
  print(results);
  write(results, options);
}

/** Output folders are private, and the URL of a database may contain a password. */
function isPrivate(option: string | undefined): boolean {
  return option === '--out' || option === '--postgres';
}

function optionsOf(args: readonly string[]): BenchOptions | undefined {
  try {
    return readOptions(args, join(PROJECT, 'bench/results'));
  } catch (error) {
    console.error(USAGE);
    throw error;
  }
}

function print(results: Results): void {
  for (const table of resultTables(results)) {
    const note = table.note === '' ? '' : `${table.note}\n`;
    console.log(`\n${table.title}\n${note}\n${gridOf(table)}`);
  }
}

function write(results: Results, { out, docs }: BenchOptions): void {
  const json = `${JSON.stringify(results, null, 2)}\n`;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'performance.json'), json);
  writeFileSync(join(out, 'performance.svg'), chartOf(results));
  console.log(`\nWritten to ${out}.`);
  if (docs) {
    const page = join(PROJECT, 'docs/performance.md');
    writeFileSync(page, pageWith(readFileSync(page, 'utf8'), results));
    writeFileSync(join(PROJECT, 'docs/images/performance.svg'), chartOf(results));
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error : String(error));
    process.exit(1);
  },
);
