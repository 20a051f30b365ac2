import { parseArgs } from 'node:util';
import { isPayloadSize, PAYLOAD_SIZES, type PayloadSize } from './payload';

export interface BenchOptions {
  /** Fewer rounds and no peers: some minutes less, and noisier figures. */
  readonly quick: boolean;
  /** Names of contestants; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly sizes: readonly PayloadSize[];
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** The folder that results are written to. */
  readonly out: string;
  /** Also puts the results into docs/. */
  readonly docs: boolean;
}

/** What can be measured, in this order. */
const PARTS = ['race', 'fresh', 'features', 'memory', 'health', 'loop', 'pool'] as const;
export type Part = (typeof PARTS)[number];

export const USAGE = `npm run bench -- [options]
  --quick            fewer rounds, no peers
  --only a,b         only these: easel, nginx, usual, portkey, litellm, bifrost (the pipe is always there)
  --size a,b         only these: ${PAYLOAD_SIZES.join(', ')}
  --part a,b         only these: ${PARTS.join(', ')}
  --rounds n         rounds of each race (7; with --quick 3)
  --out folder       where the results go (bench/results)
  --docs             writes the results into docs/ as well
  --help             this
EASEL_DIST=folder measures another build of Easel than the one in dist/`;

/**
 * What the command line asks for; undefined when it asks for help.
 *
 * @throws Error in plain words for what cannot be understood
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
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 7));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error('--rounds must be a whole number from 1');
  }
  return {
    quick: values.quick,
    only: values.only?.split(','),
    sizes: oneOf('--size', values.size, PAYLOAD_SIZES, isPayloadSize),
    parts: oneOf('--part', values.part, PARTS, isPart),
    rounds,
    out: values.out ?? defaultOut,
    docs: values.docs,
  };
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
