import { parseArgs } from 'node:util';
import { isPayloadSize, PAYLOAD_SIZES, type PayloadSize } from './payload';

export interface BenchOptions {
  /** Fewer rounds and no peers: some minutes faster, and noisier figures. */
  readonly quick: boolean;
  /** Names of contestants; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly sizes: readonly PayloadSize[];
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** The number of rows in the ledger. */
  readonly rows: number;
  /** An empty database that is filled as well. */
  readonly postgres: string | undefined;
  /** The folder that results are written to. */
  readonly out: string;
  /** Whether the results are also written to docs/. */
  readonly docs: boolean;
}

/** The parts that can be measured, in this order. */
const PARTS = ['race', 'fresh', 'features', 'memory', 'health', 'loop', 'pool', 'ledger'] as const;
export type Part = (typeof PARTS)[number];

/** The ledger takes gigabytes and minutes, so it must be named explicitly. */
const USUAL_PARTS = PARTS.filter((part) => part !== 'ledger');

export const USAGE = `npm run bench -- [options]
  --quick            fewer rounds, no peers
  --only a,b         only these: easel, nginx, usual, portkey, litellm, bifrost (the pipe is always there)
  --size a,b         only these: ${PAYLOAD_SIZES.join(', ')}
  --part a,b         only these: ${PARTS.join(', ')} (all but the last, unless it is named)
  --rounds n         rounds of each race (7; with --quick 3)
  --rows n           rows that the ledger is filled with (10000000; with --quick 1000000)
  --postgres url     fills that empty database of PostgreSQL as well as a file of SQLite
  --out folder       where the results go (bench/results)
  --docs             writes the results into docs/ as well
  --help             this
EASEL_DIST=folder measures another build of Easel than the one in dist/`;

/**
 * The parsed command line; undefined if it asks for help.
 *
 * @throws Error with a plain message if it cannot be parsed
 */
export function readOptions(args: readonly string[], defaultOut: string): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      size: { type: 'string' },
      part: { type: 'string' },
      rounds: { type: 'string' },
      rows: { type: 'string' },
      postgres: { type: 'string' },
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  const rounds = wholeNumber('--rounds', values.rounds ?? (values.quick ? '3' : '7'));
  const rows = wholeNumber('--rows', values.rows ?? (values.quick ? '1000000' : '10000000'));
  return {
    quick: values.quick,
    only: values.only?.split(','),
    sizes: oneOf('--size', values.size, PAYLOAD_SIZES, isPayloadSize),
    parts: values.part === undefined ? USUAL_PARTS : oneOf('--part', values.part, PARTS, isPart),
    rounds,
    rows,
    postgres: values.postgres,
    out: values.out ?? defaultOut,
    docs: values.docs,
  };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${name} must be a whole number from 1`);
  }
  return number;
}

function isPart(text: string): text is Part {
  return (PARTS as readonly string[]).includes(text);
}

function oneOf<T extends string>(
  name: string,
  list: string | undefined,
  all: readonly T[],
  isOne: (text: string) => text is T,
): readonly T[] {
  if (list === undefined) {
    return all;
  }
  const wanted = list.toLowerCase().split(',');
  if (!wanted.every(isOne)) {
    throw new Error(`${name} takes ${all.join(', ')}`);
  }
  return wanted;
}
