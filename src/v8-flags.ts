import { setFlagsFromString } from 'node:v8';

/**
 * V8 has arrays and objects of some places in the code made in the old generation if nearly all that were made there
 * lived on. While a program starts, everything lives on. Later each of them is dead soon, but keeps the whole request that it
 * belonged to alive until the next full collection: 23 KB of each request instead of 5 moved to the old
 * generation, and collecting took twice as long. Which places V8 picks changes with every line that is
 * added anywhere.
 *
 * The first import of `main.ts`: what is decided before that stays decided.
 */
setFlagsFromString('--no-allocation-site-pretenuring');
