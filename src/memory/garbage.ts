import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Has V8 collect all garbage, at once. It holds the event loop: for up to 70 ms with the heap of an idle Easel. V8 itself
 * collects only when somebody allocates.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    // `gc` is only in contexts that are made while V8 is told to expose it.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
