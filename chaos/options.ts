import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface RunOptions {
  readonly suite: 'chaos' | 'soak';
  readonly minutes: number;
  /** Runs this many of the planned requests, however long that takes. */
  readonly requests: number | undefined;
  readonly seed: number;
  readonly lanes: number;
}

export const USAGE = `npm run chaos -- [options], npm run soak -- [options]
  --minutes n    how long (10; soak 30)
  --requests n   so many requests instead
  --seed n       of another run, to have it once more
  --lanes n      clients at once (16)
  --help         this`;

/**
 * The parsed command line; undefined if it asks for help.
 *
 * @throws Error with a plain message if it cannot be parsed
 */
export function readOptions(args: readonly string[]): RunOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: 'string' },
      requests: { type: 'string' },
      seed: { type: 'string' },
      lanes: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  const [suite] = positionals;
  if (suite !== 'chaos' && suite !== 'soak') {
    throw new Error('the first word is chaos or soak');
  }
  const number = (name: string, text: string): number => {
    const value = Number(text);
    if (!(value > 0) || (name !== '--minutes' && !Number.isSafeInteger(value))) {
      throw new Error(`${name} takes a number above 0`);
    }
    return value;
  };
  return {
    suite,
    minutes: number('--minutes', values.minutes ?? (suite === 'chaos' ? '10' : '30')),
    requests: values.requests === undefined ? undefined : number('--requests', values.requests),
    // The plan multiplies it.
    seed: values.seed === undefined ? randomInt(1, 10_000) : number('--seed', values.seed),
    lanes: number('--lanes', values.lanes ?? '16'),
  };
}
