import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Makes V8 collect all garbage at once. This blocks the event loop, for up to 70 ms with the heap
 * of an idle Easel. V8 itself collects only on allocation.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    // `gc` exists only in contexts created while V8 exposes it.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
