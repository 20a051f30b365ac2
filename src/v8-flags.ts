import { setFlagsFromString } from 'node:v8';

/**
 * If nearly all arrays and objects allocated at one site have survived, V8 allocates later ones
 * from that site directly in the old generation. While a program starts, everything survives. Later
 * such an object soon becomes garbage, but keeps its whole request alive until the next full
 * collection: 23 KB of each request instead of 5 moved to the old generation, and collection took
 * twice as long. Which sites V8 picks changes with any change to the code.
 *
 * Must be the first import of `main.ts`: earlier decisions of V8 are not revised.
 */
setFlagsFromString('--no-allocation-site-pretenuring');
