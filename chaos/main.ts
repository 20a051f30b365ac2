import { resolve } from 'node:path';
import { readOptions, USAGE, type RunOptions } from './options';
import { reportOf } from './report';
import { windowTable } from './soak-windows';
import { runSuite } from './suite';

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  const { suite, seed, minutes, requests, lanes } = options;
  const until = performance.now() + minutes * 60_000;
  console.log(`${suite}: seed ${seed}`);
  const outcome = await runSuite({
    seed,
    lanes,
    isCalm: suite === 'soak',
    main: resolve('dist/main.js'),
    isOver: (started) => (requests === undefined ? performance.now() > until : started >= requests),
  });
  if (suite === 'soak') {
    console.log(`\n${windowTable(outcome.windows)}\n`);
  }
  console.log(`\n${reportOf(outcome)}`);
  return outcome.oracle.violations.length === 0 ? 0 : 1;
}

function optionsOf(args: readonly string[]): RunOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(USAGE);
    throw error;
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error : String(error));
    process.exit(1);
  },
);
